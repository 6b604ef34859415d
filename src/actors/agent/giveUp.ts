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
 * Makes the function that ends the run of an agent with an error in the journal. The journal itself may be the cause of
 * the failure, so the append is retried for a while, unless a message wakes the agent meanwhile. If the append keeps
 * failing, the waiters for the run get the error. The agent is woken to perceive its other messages. If it fails again,
 * it has no run left to end, and is not woken any more.
 */
export const makeGiveUp =
  (runtime: Runtime, scope: Scope.Scope) =>
  (agent: AgentActor, message: string): Effect.Effect<void> => {
    // The agent may begin another run while this one is being closed.
    const { awaited, last } = agent
    let lost = last?.committed.run?.runId
    let isKnown = last !== undefined
    const close = Effect.suspend(() =>
      agent.driving
        ? Effect.succeed(undefined)
        : runtime.closeRun(agent, ({ run }) => {
            if (!isKnown) lost = run?.runId
            isKnown = true
            // If the reply of an append was lost, the next run may have begun already.
            if (run === undefined || run.runId !== lost) return []
            return [{ type: "RunErrored", runId: run.runId, error: message }]
          })
    )
    const work = close.pipe(
      journalRetry(Limits.journalRetriesMax),
      Effect.catchTag("JournalError", (error) => Effect.as(Effect.logError(error.message), undefined)),
      // A broken reducer makes the session unreadable; the waiters for the run must not wait for ever.
      Effect.catchAllDefect((defect) =>
        Effect.as(Effect.logError(`the run of ${agent.name} cannot be closed`, defect), undefined)
      ),
      Effect.flatMap((state) => {
        if (agent.driving) return Effect.void
        const failure = new RunError({ agent: agent.name, reason: "Failed", message })
        for (const waiter of awaited.flatMap((runId) => agent.takeWaiters(runId))) {
          Deferred.unsafeDone(waiter, Exit.fail(failure))
        }
        return lost !== undefined && (state?.unperceived ?? 0) > 0 ? runtime.wake(agent) : Effect.void
      })
    )
    return Effect.asVoid(Effect.forkIn(Effect.interruptible(work), scope))
  }
