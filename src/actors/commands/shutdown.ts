/**
 * Shutdown of a child: its own children first, then its run, then its session.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, FiberId } from "effect"
import type { AgentState, EventKind, JournalError } from "../../layers/aios/index.js"
import type { Actor } from "../agent/Actor.js"

/**
 * Makes the function that stops a child: its own children first, then its fiber, then its run and session.
 */
export const makeStop = () => {
  // A caller that asks during a stop waits for its end. If that stop failed, the caller tries again itself.
  const underWay = new Map<Actor, Deferred.Deferred<void>>()

  const stop = (actor: Actor): Effect.Effect<void, JournalError> =>
    Effect.uninterruptibleMask((restore) => {
      const other = underWay.get(actor)
      if (other !== undefined) return restore(Effect.zipRight(Deferred.await(other), stop(actor)))
      if (actor.stopped) return Effect.void
      const done = Deferred.unsafeMake<void>(FiberId.none)
      underWay.set(actor, done)
      actor.stops("Stop")
      let closed = false
      const work = Effect.gen(function* () {
        // A child may use what its earlier siblings provide, so the later ones stop first.
        for (const child of [...(actor.children?.children.values() ?? [])].toReversed()) yield* child.stop()
        yield* actor.halt()
        // Uninterruptible: a closed session must never keep its agent, even if the caller is interrupted.
        yield* Effect.uninterruptible(
          Effect.map(actor.close(), () => {
            closed = true
            actor.stops("Closed")
          })
        )
      })
      return restore(work).pipe(
        Effect.onExit(() => {
          underWay.delete(actor)
          // The caller may have been interrupted after the close; only the close itself counts as success.
          if (!closed) actor.stops("StopFailed")
          // An actor that could not be closed goes on, or its open run would wait for ever.
          return Effect.zipRight(closed ? Effect.void : actor.wake(), Deferred.succeed(done, undefined))
        })
      )
    })

  return stop
}

/**
 * The last events of an agent that is stopped.
 */
export const lastEvents = ({ closed: isClosed, run }: AgentState): ReadonlyArray<EventKind> => {
  // An earlier process closed the session, or an earlier stop did whose reply was lost.
  if (isClosed) return []
  const closed = { type: "SessionClosed", reason: "stopped" } as const
  if (run === undefined) return [closed]
  const { costUsd, runId, ticks, usage } = run
  return [{ type: "RunFinished", runId, reason: "cancelled", ticks, usage, costUsd }, closed]
}
