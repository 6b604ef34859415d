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
 * A call with middleware around it. What the call did, and what it used, is handed back whatever a middleware makes of
 * its output: the call did run.
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
 * One middleware. Where it breaks it is left out: what `next` gave last stands, and `next` runs where it never did.
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
        // Left out already, so what is inside has run, or runs, without it.
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
      // What is inside broke, and not the middleware.
      if (last !== undefined && !hasAnswered(last)) return last
      return Effect.zipRight(runner.report(contribution, exit.cause), last ?? next(input))
    })
  })

// An interruption by the time limit is not waited for: a middleware that does not heed it must not hold the agent up. One
// of the agent is, as the agent goes on only when what it did has stopped.
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

// The time of a middleware, without that of what is inside.
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

  /** Ends when the time is over. */
  readonly expired: Effect.Effect<Exit.Exit<never>> = Effect.suspend(() => {
    const leftMs = this.inside > 0 ? this.msMax : this.msMax - this.spentMs - this.sinceMs()
    return leftMs > 0
      ? Effect.zipRight(Effect.sleep(leftMs), this.expired)
      : Effect.succeed(Exit.die(new Error(`it took longer than ${this.msMax} ms`)))
  })
}
