/**
 * What becomes of an agent that fails: carries out what its supervisor decides.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Deferred, Effect, Exit, Random, Schedule, type Scope } from "effect"
import type { AgentActor } from "../agent/Actor.js"
import { AgentError } from "../AgentError.js"
import type { AgentRuntime } from "../agent/AgentRuntime.js"

/**
 * Restart delays are spread by this share in both directions, so that agents that failed together do not come back
 * together.
 */
const jitter = 0.2

// For five minutes, a second apart: as long as a full disk or a locked file may take a person to see to.
const closingAttempts = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(300)))

/**
 * Makes what is done when an agent has failed: it is restarted, with others if need be, or given up, or its parent fails
 * with it. `along` are agents that share the fate of this one.
 */
export const makeFailing = (runtime: AgentRuntime, scope: Scope.Scope) => {
  const { clock, feed } = runtime.pen

  const failed = (
    agent: AgentActor,
    cause: Cause.Cause<unknown>,
    along: ReadonlyArray<AgentActor> = []
  ): Effect.Effect<void> =>
    Effect.gen(function* () {
      const { supervisor } = agent
      const message = messageOf(cause)
      const at = yield* Clock.currentTimeMillis
      const verdict = supervisor.childFailed(agent, at)
      const { restart: policy, sessionId: child } = agent
      const event = { type: "ChildFailed", child, at, restart: policy === "transient", verdict: verdict.type }
      feed.supervised(supervisor, event, at, child)
      switch (verdict.type) {
        case "restart": {
          const children = [...verdict.children, ...along]
          yield* Effect.logWarning(`agent ${agent.name} failed and is restarted in ${verdict.delayMs} ms: ${message}`)
          for (const child of children) child.suspended = true
          yield* Effect.forkIn(Effect.interruptible(restart(children, verdict.delayMs)), scope)
          return
        }
        case "drop":
          for (const lost of [agent, ...along]) yield* giveUp(lost, message)
          return
        case "escalate": {
          const { owner } = supervisor
          supervisor.reset(agent)
          feed.supervised(supervisor, { type: "Reset", child }, at)
          for (const lost of owner === undefined ? [agent, ...along] : [agent]) yield* giveUp(lost, message)
          if (owner === undefined) return
          const siblings = [...supervisor.children.values()].filter((child) => child !== agent)
          for (const other of [owner, ...siblings]) yield* runtime.halt(other)
          const reason = new Error(`its child ${agent.name} keeps failing: ${message}`)
          yield* failed(owner, Cause.fail(reason), [...siblings, ...along])
        }
      }
    })

  const restart = Effect.fnUntraced(function* (children: ReadonlyArray<AgentActor>, delayMs: number) {
    for (const child of children) yield* runtime.halt(child)
    // Whole milliseconds, because a virtual clock stands still at exactly the moment a sleeper asked for.
    yield* Effect.sleep(Math.round(delayMs * (yield* Random.nextRange(1 - jitter, 1 + jitter))))
    for (const child of children) {
      child.suspended = false
      const event = { type: "ChildRestarted", child: child.sessionId }
      feed.supervised(child.supervisor, event, clock.unsafeCurrentTimeMillis())
      yield* runtime.wake(child)
    }
  })

  // The run ends with an error in the journal. It may be the journal that fails, so that is tried for a while, unless
  // somebody wakes the agent meanwhile; if it cannot be written, those who wait are told why. What else the agent was told
  // it still perceives; should it fail at that, too, it has no run any more, and is left alone.
  const giveUp = (agent: AgentActor, message: string): Effect.Effect<void> => {
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
      Effect.retry(closingAttempts),
      Effect.catchTag("JournalError", (error) => Effect.as(Effect.logError(error.message), undefined)),
      Effect.flatMap((state) => {
        if (agent.driving) return Effect.void
        const failure = new AgentError({ agent: agent.name, reason: "Failed", message })
        for (const waiter of agent.takeWaiters()) Deferred.unsafeDone(waiter, Exit.fail(failure))
        return lost !== undefined && (state?.unperceived ?? 0) > 0 ? runtime.wake(agent) : Effect.void
      })
    )
    return Effect.logError(`agent ${agent.name} failed for good: ${message}`).pipe(
      Effect.zipRight(Effect.forkIn(Effect.interruptible(work), scope)),
      Effect.asVoid
    )
  }

  return failed
}

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}
