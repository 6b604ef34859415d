/**
 * Long synchronous work that lets other fibers run in between.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import type { ToolError } from "../aios/index.js"
import { attempt } from "./faults.js"

/**
 * Work in pieces: each `yield` is a point where other fibers run, time limits count and an interruption takes hold.
 *
 * @since 0.1.0
 * @category models
 */
export type Work<A> = Generator<void, A, void>

/**
 * Runs the work of a tool. An interruption ends it at its next `yield` and runs its `finally` blocks.
 *
 * @since 0.1.0
 * @category constructors
 */
export const cooperate = <A>(toolName: string, subject: string, start: () => Work<A>): Effect.Effect<A, ToolError> =>
  Effect.suspend(() => {
    const work = start()
    const proceed: Effect.Effect<A, ToolError> = Effect.flatMap(
      attempt(toolName, subject, () => work.next()),
      // A sleep, because a plain yield stays in the microtask queue, where timers and signals never get a turn.
      (step) => (step.done === true ? Effect.succeed(step.value) : Effect.zipRight(Effect.sleep(0), proceed))
    )
    return Effect.onInterrupt(proceed, () => Effect.sync(() => closeWork(work)))
  })

const closeWork = (work: Generator<void, unknown, void>): void => {
  work.return(undefined)
}
