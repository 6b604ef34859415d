/**
 * The end of an agent that is not restarted any more: its run ends with an error.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Exit, type Scope } from "effect"
import { journalRetry, Limits, RunError } from "../../layers/aios/index.js"
import type { AgentActor } from "./AgentActor.js"
import type { Runtime } from "./Runtime.js"

/**
 * Makes what ends the run of an agent with an error in the journal. It may be the journal that fails, so that is tried
 * for a while, unless a message wakes the agent meanwhile; if it cannot be written, those who wait are told why. The
 * agent still perceives what else it was told; if it fails at that, too, it has no run any more, and is left alone.
 */
export const makeGiveUp =
  (runtime: Runtime, scope: Scope.Scope) =>
  (agent: AgentActor, message: string): Effect.Effect<void> => {
    let lost: string | undefined
    const close = Effect.suspend(() =>
      agent.driving
        ? Effect.succeed(undefined)
        : runtime.closeRun(agent, ({ run }) => {
            lost ??= run?.runId
            // When a reply was lost, the next run may have begun already.
            if (run === undefined || run.runId !== lost) return []
            return [{ type: "RunErrored", runId: run.runId, error: message }]
          })
    )
    const work = close.pipe(
      journalRetry(Limits.journalRetriesMax),
      Effect.catchTag("JournalError", (error) => Effect.as(Effect.logError(error.message), undefined)),
      // A reducer that breaks keeps the session from being read; those who wait must not wait for ever.
      Effect.catchAllDefect((defect) =>
        Effect.as(Effect.logError(`the run of ${agent.name} cannot be closed`, defect), undefined)
      ),
      Effect.flatMap((state) => {
        if (agent.driving) return Effect.void
        const failure = new RunError({ agent: agent.name, reason: "Failed", message })
        for (const waiter of agent.takeWaiters()) Deferred.unsafeDone(waiter, Exit.fail(failure))
        return lost !== undefined && (state?.unperceived ?? 0) > 0 ? runtime.wake(agent) : Effect.void
      })
    )
    return Effect.asVoid(Effect.forkIn(Effect.interruptible(work), scope))
  }
