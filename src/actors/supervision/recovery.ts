/**
 * Recovery: carries out what a supervisor decides about a child that fails.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Effect, Random, type Scope } from "effect"
import type { Feed } from "../feed.js"
import type { Child } from "./Supervisor.js"

/**
 * Restart delays are spread by this share in both directions, so that children that failed together do not restart at
 * the same moment.
 */
const jitter = 0.2

/**
 * Handles the failure of a child.
 */
export type Recover = (child: Child, cause: Cause.Cause<unknown>) => Effect.Effect<void>

/**
 * Makes the handler of failures. It restarts the child, with others if the strategy says so; or gives the child up; or
 * escalates, so that the parent fails too.
 */
export const makeRecovery = (clock: Clock.Clock, feed: Feed, scope: Scope.Scope): Recover => {
  // `along` are children that are restarted or given up together with this one.
  const failed = (child: Child, cause: Cause.Cause<unknown>, along: ReadonlyArray<Child> = []): Effect.Effect<void> =>
    Effect.gen(function* () {
      const { id, supervisor } = child
      const message = messageOf(cause)
      const at = yield* Clock.currentTimeMillis
      const verdict = supervisor.childFailed(child, at)
      const event = {
        type: "ChildFailed",
        child: id,
        at,
        restart: child.restart === "transient",
        verdict: verdict.type
      }
      // A program is no source of an event, because watchers know agents only.
      feed.supervised(supervisor, event, at, child.kind === "agent" ? id : undefined)
      switch (verdict.type) {
        case "restart": {
          const children = [...verdict.children, ...along]
          yield* Effect.logWarning(
            `${child.kind} ${child.name} failed and is restarted in ${verdict.delayMs} ms: ${message}`
          )
          for (const child of children) child.suspend()
          yield* Effect.forkIn(Effect.interruptible(restart(children, verdict.delayMs)), scope)
          return
        }
        case "drop":
          for (const lost of [child, ...along]) yield* giveUp(lost, message)
          return
        case "escalate": {
          const { owner } = supervisor
          supervisor.reset(child)
          feed.supervised(supervisor, { type: "Reset", child: id }, at)
          for (const lost of owner === undefined ? [child, ...along] : [child]) yield* giveUp(lost, message)
          if (owner === undefined) return
          const siblings = [...supervisor.children.values()].filter((sibling) => sibling !== child)
          for (const other of [owner, ...siblings]) yield* other.halt()
          const reason = new Error(`its child ${child.name} keeps failing: ${message}`)
          yield* failed(owner, Cause.fail(reason), [...siblings, ...along])
        }
      }
    })

  const restart = Effect.fnUntraced(function* (children: ReadonlyArray<Child>, delayMs: number) {
    for (const child of children) yield* child.halt()
    // Whole milliseconds, because a virtual clock stops at exactly the time that a sleeper asked for.
    yield* Effect.sleep(Math.round(delayMs * (yield* Random.nextRange(1 - jitter, 1 + jitter))))
    for (const child of children) {
      const event = { type: "ChildRestarted", child: child.id }
      feed.supervised(child.supervisor, event, clock.unsafeCurrentTimeMillis())
      yield* child.resume()
    }
  })

  return failed
}

const giveUp = (child: Child, message: string): Effect.Effect<void> =>
  Effect.zipRight(Effect.logError(`${child.kind} ${child.name} failed for good: ${message}`), child.giveUp(message))

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}
