/**
 * Middleware around model turns and tool calls.
 */
import { Cause, type Clock, Effect, Exit, Fiber, Option } from "effect"
import {
  type Json,
  type ModelError,
  type ModelRequest,
  type ModelTurn,
  stopFiber,
  type Subsystem,
  type ToolError
} from "../../layers/aios/index.js"
import type { Contribution } from "./Contribution.js"
import type { Runner } from "./Runner.js"
import type { CallOutput } from "./Sockets.js"
import { served, type Services, unmarked } from "./services.js"

type Around = NonNullable<Subsystem.Contributions<never, Subsystem.SubsystemKind>["act"]>
type AroundTool = NonNullable<Around["aroundTool"]>[string]
type AroundModel = NonNullable<Around["aroundModel"]>[string]

/**
 * A model turn with middleware around it, the first of the list outermost.
 */
export const aroundModel = (
  runner: Runner,
  middleware: ReadonlyArray<Contribution<AroundModel>>,
  request: ModelRequest,
  generate: (request: ModelRequest) => Effect.Effect<ModelTurn, ModelError, Services>,
  view: (subsystem: string) => Subsystem.View<never>
): Effect.Effect<ModelTurn, ModelError, Services> =>
  middleware.reduceRight<typeof generate>(
    (next, contribution) => (asked) =>
      around(runner, contribution, asked, next, (inner) =>
        served(contribution.run(asked, (changed) => unmarked(inner(changed)), view(contribution.subsystem)))
      ),
    generate
  )(request)

/**
 * A call with middleware around it. The files, events and costs of the call are handed back, even if a middleware
 * changes or withholds its output: the call did run.
 */
export const aroundTool = (
  runner: Runner,
  middleware: ReadonlyArray<Contribution<AroundTool>>,
  call: Subsystem.GatedCall,
  execute: Effect.Effect<CallOutput, ToolError, Services>,
  view: (subsystem: string) => Subsystem.View<never>,
  stored: (output: Subsystem.Output<Subsystem.SubsystemKind>, contribution: Contribution<unknown>) => CallOutput
): Effect.Effect<CallOutput, ToolError, Services> => {
  if (middleware.length === 0) return execute
  return Effect.suspend(() => {
    const done: Array<CallOutput> = []
    const record = (output: CallOutput): Json => {
      done.push(output)
      return output.output
    }
    const whole = middleware.reduceRight<() => Effect.Effect<Json, ToolError, Services>>(
      (next, contribution) => () =>
        around(runner, contribution, undefined, next, (inner) =>
          Effect.map(
            served(
              contribution.run(call, unmarked(inner(undefined)), view(contribution.subsystem), () => together(done))
            ),
            (output) => record(stored(output, contribution))
          )
        ),
      () => Effect.map(execute, record)
    )()
    return Effect.matchEffect(whole, {
      onSuccess: (output) => Effect.succeed({ output, ...together(done) }),
      onFailure: (error) =>
        done.length === 0
          ? error
          : Effect.succeed({
              output: { error: `The call ran, but its output is withheld: ${error.message}` },
              ...together(done)
            })
    })
  })
}

const together = (done: ReadonlyArray<CallOutput>): Subsystem.Done => {
  const files = done.flatMap(({ files = [] }) => files)
  const events = done.flatMap(({ events = [] }) => events)
  const used = done.flatMap(({ used }) => used ?? []).reduce<Subsystem.Done["used"]>(sum, undefined)
  return {
    ...(files.length === 0 ? {} : { files }),
    ...(events.length === 0 ? {} : { events }),
    ...(used === undefined ? {} : { used })
  }
}

type Used = NonNullable<Subsystem.Done["used"]>

const sum = (a: Used | undefined, b: Used): Used =>
  a === undefined
    ? b
    : {
        usage: {
          inputTokens: a.usage.inputTokens + b.usage.inputTokens,
          outputTokens: a.usage.outputTokens + b.usage.outputTokens,
          cacheReadTokens: a.usage.cacheReadTokens + b.usage.cacheReadTokens,
          cacheWriteTokens: a.usage.cacheWriteTokens + b.usage.cacheWriteTokens
        },
        costUsd: a.costUsd + b.costUsd,
        ticks: (a.ticks ?? 0) + (b.ticks ?? 0),
        toolCalls: (a.toolCalls ?? 0) + (b.toolCalls ?? 0)
      }

/**
 * One middleware. A broken middleware is left out: the last result of `next` stands, and `next` runs if it never ran.
 */
const around = <I, O, E>(
  runner: Runner,
  contribution: Contribution<unknown>,
  input: I,
  next: (input: I) => Effect.Effect<O, E, Services>,
  run: (next: (input: I) => Effect.Effect<O, E, Services>) => Effect.Effect<O, E, Services>
): Effect.Effect<O, E, Services> =>
  Effect.flatMap(Effect.clock, (clock) => {
    let last: Exit.Exit<O, E> | undefined
    let isOver = false
    const stopwatch = new Stopwatch(clock, contribution.msMax)
    const inner = (asked: I) =>
      Effect.suspend(() => {
        // The middleware is left out already, so the inner part has run, or runs, without it.
        if (isOver) return Effect.interrupt
        stopwatch.pause()
        return Effect.onExit(next(asked), (exit) =>
          Effect.sync(() => {
            stopwatch.resume()
            last = exit
          })
        )
      })
    const work = Effect.exit(Effect.suspend(() => run(inner)))
    return Effect.flatMap(untilExpired(contribution.rule, work, stopwatch), (exit): Effect.Effect<O, E, Services> => {
      isOver = true
      if (hasAnswered(exit)) return exit
      // The inner part broke, and not the middleware.
      if (last !== undefined && !hasAnswered(last)) return last
      return Effect.zipRight(runner.report(contribution, exit.cause), last ?? next(input))
    })
  })

// At the time limit the middleware is interrupted without waiting for its end: a middleware that ignores the
// interruption must not hold the agent up. An interruption of the agent waits for its end, because the agent must go on
// only after its work has stopped.
const untilExpired = <A, E>(
  name: string,
  work: Effect.Effect<Exit.Exit<A, E>, never, Services>,
  { expired }: Stopwatch
): Effect.Effect<Exit.Exit<A, E>, never, Services> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(work)), (fiber) =>
      restore(Effect.raceFirst(Fiber.join(fiber), expired)).pipe(
        Effect.onInterrupt(() => stopFiber(fiber, name)),
        Effect.zipLeft(Fiber.interruptFork(fiber))
      )
    )
  )

const hasAnswered = <A, E>(exit: Exit.Exit<A, E>): exit is Exit.Success<A, E> =>
  Exit.isSuccess(exit) || Option.isSome(Cause.failureOption(exit.cause))

// Measures the time of a middleware, without the time of the inner part.
class Stopwatch {
  private inside = 0
  private spentMs = 0
  private since: number

  constructor(
    private readonly clock: Clock.Clock,
    private readonly msMax: number
  ) {
    this.since = clock.unsafeCurrentTimeMillis()
  }

  pause(): void {
    if (this.inside++ === 0) this.spentMs += this.sinceMs()
  }

  resume(): void {
    if (--this.inside === 0) this.since = this.clock.unsafeCurrentTimeMillis()
  }

  private sinceMs(): number {
    return this.clock.unsafeCurrentTimeMillis() - this.since
  }

  /** Completes when the time is over. */
  readonly expired: Effect.Effect<Exit.Exit<never>> = Effect.suspend(() => {
    const leftMs = this.inside > 0 ? this.msMax : this.msMax - this.spentMs - this.sinceMs()
    return leftMs > 0
      ? Effect.zipRight(Effect.sleep(leftMs), this.expired)
      : Effect.succeed(Exit.die(new Error(`it took longer than ${this.msMax} ms`)))
  })
}
