/**
 * Deadlines for work that may ignore its interruption.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Fiber, Option } from "effect"
import { Limits } from "../schema/Limits.js"

/**
 * Runs an effect until it ends or its time is over. Interrupts an effect that is late, or whose caller is interrupted,
 * and waits for its end, for `Limits.stopMsMax` at most. After that, logs a warning with the name of the effect and
 * goes on.
 *
 * @since 0.1.0
 * @category combinators
 */
export const deadline = <A, E, R, E2>(
  work: Effect.Effect<A, E, R>,
  { ms, name, onTimeout }: { readonly ms: number; readonly name: string; readonly onTimeout: () => E2 }
): Effect.Effect<A, E | E2, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(work)), (fiber) => {
      const stop = stopFiber(fiber, name)
      return restore(Effect.timeoutOption(Fiber.join(fiber), Duration.millis(ms))).pipe(
        Effect.onInterrupt(() => stop),
        Effect.flatMap(
          Option.match({
            onNone: () => Effect.zipRight(stop, Effect.failSync(onTimeout)),
            onSome: Effect.succeed
          })
        )
      )
    })
  )

/**
 * Interrupts a fiber and waits for its end, for `Limits.stopMsMax` at most.
 *
 * @since 0.1.0
 * @category combinators
 */
export const stopFiber = <A, E>(fiber: Fiber.RuntimeFiber<A, E>, name: string): Effect.Effect<void> =>
  Effect.zipRight(
    Fiber.interruptFork(fiber),
    Effect.flatMap(
      Effect.timeoutOption(Effect.interruptible(Fiber.await(fiber)), Duration.millis(Limits.stopMsMax)),
      (exit) =>
        Option.isSome(exit)
          ? Effect.void
          : Effect.logWarning(`${name} heeds no interruption within ${Limits.stopMsMax} ms and is left to itself`)
    )
  )
