/**
 * Stopping agents: the children first, then the run, then the session.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, FiberId } from "effect"
import type { AgentState, EventKind, JournalError } from "../../layers/aios/index.js"
import type { AgentActor } from "../agent/Actor.js"
import type { AgentRuntime } from "../agent/AgentRuntime.js"

/**
 * Makes what stops an agent. `forget` takes it out of the registry.
 */
export const makeStop = (runtime: AgentRuntime, forget: (agent: AgentActor) => void) => {
  // Those who ask while it is under way wait for its end, and try themselves if it came to nothing.
  const underWay = new Map<AgentActor, Deferred.Deferred<void>>()

  const stop = (agent: AgentActor): Effect.Effect<void, JournalError> =>
    Effect.uninterruptibleMask((restore) => {
      const other = underWay.get(agent)
      if (other !== undefined) return restore(Effect.zipRight(Deferred.await(other), stop(agent)))
      if (agent.stopped) return Effect.void
      const done = Deferred.unsafeMake<void>(FiberId.none)
      underWay.set(agent, done)
      agent.stopped = true
      let closed = false
      const onClosed = () => {
        closed = true
        forget(agent)
        runtime.passivate(agent)
      }
      return restore(work(agent, onClosed)).pipe(
        Effect.onExit(() => {
          underWay.delete(agent)
          // Whoever asked may have been interrupted behind the last step; what counts is whether that was taken.
          agent.stopped = closed
          // What could not be closed goes on, or its open run would wait for ever.
          return Effect.zipRight(closed ? Effect.void : runtime.wake(agent), Deferred.succeed(done, undefined))
        })
      )
    })

  const work = Effect.fnUntraced(function* (agent: AgentActor, onClosed: () => void) {
    for (const child of agent.children?.children.values() ?? []) yield* stop(child)
    yield* runtime.halt(agent)
    yield* runtime.closeRun(agent, lastEvents).pipe(
      Effect.map(onClosed),
      // A session that is closed has no agent any more, whoever is in a hurry.
      Effect.uninterruptible
    )
  })

  return stop
}

const lastEvents = ({ closed: isClosed, run }: AgentState): ReadonlyArray<EventKind> => {
  // By an earlier process, or by a stop that did not hear of it.
  if (isClosed) return []
  const closed = { type: "SessionClosed", reason: "stopped" } as const
  if (run === undefined) return [closed]
  const { costUsd, runId, ticks, usage } = run
  return [{ type: "RunFinished", runId, reason: "cancelled", ticks, usage, costUsd }, closed]
}
