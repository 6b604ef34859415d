/**
 * Recovery: carries out what a supervisor decides about a child that fails.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Effect, Inspectable, LogLevel, Option, Random, type Scope } from "effect"
import { isHopeless, JournalError } from "../../layers/aios/index.js"
import type { ChildFailed } from "../../machines/index.js"
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
 * escalates, so that the parent fails too. A temporary sibling of a restarted child is given up.
 */
export const makeRecovery = (clock: Clock.Clock, feed: Feed, scope: Scope.Scope): Recover => {
  // `along` are children that are restarted or given up together with this one.
  const failed = (
    child: Child,
    cause: Cause.Cause<unknown>,
    along: ReadonlyArray<Child>,
    known: Pick<ChildFailed, "journal" | "repeated">
  ): Effect.Effect<void> =>
    Effect.gen(function* () {
      const { id, supervisor } = child
      const message = messageOf(cause)
      const at = yield* Clock.currentTimeMillis
      const event: ChildFailed = {
        type: "ChildFailed",
        child: id,
        at,
        restart: child.restart === "transient" && !isHopeless(Option.getOrUndefined(Cause.failureOption(cause))),
        ...known
      }
      const verdict = supervisor.childFailed(child, event)
      // A program is no source of an event, because watchers know agents only.
      feed.supervised(supervisor, { ...event, verdict: verdict.type }, at, child.kind === "agent" ? id : undefined)
      switch (verdict.type) {
        case "restart": {
          const children = [...verdict.children, ...along]
          const lost = children.filter((other) => other !== child && other.restart === "temporary")
          const again = children.filter((other) => !lost.includes(other))
          yield* Effect.logWithLevel(
            // While the journal is unavailable, one warning is enough.
            known.journal === true && (known.repeated ?? 0) > 0 ? LogLevel.Debug : LogLevel.Warning,
            `${child.kind} ${child.name} failed and is restarted in ${verdict.delayMs} ms: ${message}`,
            ...defectsOf(cause)
          )
          for (const other of again) other.suspend()
          const end = Effect.forEach(lost, (other) =>
            giveUp(other, `it is temporary, and ${child.name} failed: ${message}`)
          )
          yield* Effect.forkIn(Effect.interruptible(restart(children, again, end, verdict.delayMs)), scope)
          return
        }
        case "drop":
          for (const lost of [child, ...along]) yield* giveUp(lost, message, cause)
          return
        case "escalate": {
          const { owner } = supervisor
          supervisor.reset(child)
          feed.supervised(supervisor, { type: "Reset", child: id }, at)
          for (const lost of owner === undefined ? [child, ...along] : [child]) yield* giveUp(lost, message, cause)
          if (owner === undefined) return
          const siblings = [...supervisor.children.values()].filter((sibling) => sibling !== child)
          for (const other of [...siblings.toReversed(), owner]) yield* other.halt()
          const reason = new Error(`its child ${child.name} keeps failing: ${message}`)
          yield* failed(owner, Cause.fail(reason), [...siblings, ...along], {})
        }
      }
    })

  const restart = Effect.fnUntraced(function* (
    children: ReadonlyArray<Child>,
    again: ReadonlyArray<Child>,
    end: Effect.Effect<unknown>,
    delayMs: number
  ) {
    // A child may use what its earlier siblings provide, so the later ones end first.
    for (const child of children.toReversed()) yield* child.halt()
    yield* end
    // Whole milliseconds, because a virtual clock stops at exactly the time that a sleeper asked for.
    yield* Effect.sleep(Math.round(delayMs * (yield* Random.nextRange(1 - jitter, 1 + jitter))))
    for (const child of again) {
      // It was stopped meanwhile.
      if (child.supervisor.children.get(child.id) !== child) continue
      const event = { type: "ChildRestarted", child: child.id }
      feed.supervised(child.supervisor, event, clock.unsafeCurrentTimeMillis())
      yield* child.resume()
    }
  })

  return (child, cause) => {
    // It fails because of the same incident as a sibling, and is restarted with it already.
    if (child.status === "suspended") return Effect.void
    return failed(child, cause, [], child.failed(isJournalUnavailable(cause)))
  }
}

const giveUp = (child: Child, message: string, cause: Cause.Cause<unknown> = Cause.empty): Effect.Effect<void> =>
  Effect.zipRight(
    Effect.logError(`${child.kind} ${child.name} failed for good: ${message}`, ...defectsOf(cause)),
    child.giveUp(message)
  )

// The stack of a defect leads to the bug; a typed failure says enough by its message.
const defectsOf = (cause: Cause.Cause<unknown>): ReadonlyArray<Cause.Cause<unknown>> =>
  Cause.isDie(cause) ? [cause] : []

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message || error.name : Inspectable.toStringUnknown(error, 0)
}

// A disk that is full or a database that is locked, for example: it may be available again in a moment.
const unavailable: ReadonlySet<JournalError["reason"]> = new Set(["DiskFull", "Unwritable", "InUse", "Failed"])

const isJournalUnavailable = (cause: Cause.Cause<unknown>): boolean => {
  const failure = Cause.failureOption(cause)
  return Option.isSome(failure) && failure.value instanceof JournalError && unavailable.has(failure.value.reason)
}
