/**
 * Reports: tell reporters of durable records, after the append and outside the fibers of agents.
 *
 * Each reporter has a queue and a fiber of its own for the whole system, so a slow reporter holds up neither agents nor
 * other reporters. Reports are delivered at most once: when the process dies, waiting reports are lost.
 */
import { Deferred, Effect, type Exit, Queue, type Scope } from "effect"
import type { Subsystem } from "../../layers/aios/index.js"
import type { Contribution } from "./Contribution.js"
import { SocketLimits } from "./limits.js"
import type { Runner } from "./Runner.js"
import type { Services } from "./services.js"

type Reporter = NonNullable<Subsystem.Contributions<never, never>["report"]>[string]

/**
 * One append that reporters are told of.
 */
export interface Report {
  readonly committed: ReadonlyArray<Subsystem.CommittedRecord>
  readonly view: (subsystem: string) => Subsystem.View<never>
}

/**
 * Starts the fibers of reporters, and gives the function that tells them of an append. The end of the scope waits for
 * the remaining reports, for `SocketLimits.reportFlushMsMax` at most.
 */
export const startReporters = (
  runner: Runner,
  reporters: ReadonlyArray<Contribution<Reporter>>
): Effect.Effect<(report: Report) => void, never, Services | Scope.Scope> =>
  Effect.map(
    Effect.forEach(reporters, (reporter) => startReporter(runner, reporter)),
    (tell) => (report) => tell.forEach((each) => each(report))
  )

const startReporter = Effect.fnUntraced(function* (runner: Runner, reporter: Contribution<Reporter>) {
  const { reportFlushMsMax, reportsMax } = SocketLimits
  const queue = yield* Queue.dropping<Report>(reportsMax)
  const flushed = yield* Deferred.make<void>()
  let waiting = 0
  let dropped = 0
  let closing = false
  const work = Effect.gen(function* () {
    const { committed, view } = yield* Queue.take(queue)
    yield* runner.ask([reporter], { ask: ({ run, subsystem }) => run(committed, view(subsystem)), take: () => {} })
    if (dropped > 0) {
      yield* Effect.logWarning(
        `${reporter.rule} was not told of ${dropped} appends: the limit is ${reportsMax} waiting appends; make it faster`
      )
      dropped = 0
    }
    if (--waiting === 0 && closing) yield* Deferred.succeed(flushed, undefined)
  })
  yield* Effect.forkScoped(Effect.forever(work))
  yield* Effect.addFinalizer((_: Exit.Exit<unknown, unknown>) => {
    closing = true
    return waiting === 0
      ? Effect.void
      : Effect.timeoutOption(Effect.interruptible(Deferred.await(flushed)), reportFlushMsMax).pipe(
          Effect.flatMap((done) =>
            done._tag === "Some"
              ? Effect.void
              : Effect.logWarning(`${reporter.rule} was not told of ${waiting} appends within ${reportFlushMsMax} ms`)
          )
        )
  })
  return (report: Report): void => {
    if (queue.unsafeOffer(report)) waiting++
    else dropped++
  }
})
