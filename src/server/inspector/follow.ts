/**
 * Watches sessions that another process may be writing: introduces each session, and passes on its new records.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Stream } from "effect"
import { initialTransition } from "xstate"
import {
  type Journal,
  type JournalError,
  Limits,
  mainBranch,
  type Redaction,
  type SessionSummary
} from "../../layers/aios/index.js"
import {
  actorInspection,
  defaultSupervision,
  type Folded,
  inspectionsOf,
  rootInspection,
  sessionFold,
  supervisorMachine
} from "../../machines/index.js"
import type { Relay } from "./relay.js"
import { SessionStates } from "./SessionStates.js"

/** Sessions to follow, and the relay that gets their messages. */
export interface FollowOptions {
  readonly journal: typeof Journal.Service
  readonly relay: Relay
  readonly redact: Redaction
  /** Follows only these sessions. @default all sessions */
  readonly sessionIds?: ReadonlyArray<string>
}

const lookEveryMs = 200
// Rest after a look, in durations of that look: looking takes a twentieth of the time at most.
const restFactor = 20

/** Follows sessions. Does not end; fails when the journal can no longer be read. */
export const follow = ({ journal, redact, relay, sessionIds }: FollowOptions): Effect.Effect<never, JournalError> =>
  Effect.gen(function* () {
    const followed = new Map<string, Folded>()
    const publish = (told: ReturnType<typeof inspectionsOf>) => {
      for (const inspection of told) relay.publish(inspection)
    }
    const [root] = initialTransition(supervisorMachine, defaultSupervision)
    publish([redact(rootInspection(root, yield* Clock.currentTimeMillis))])

    // An existing session is introduced in its present state; its past can be replayed.
    const introduce = Effect.fnUntraced(function* ({ head, sessionId, updatedAt }: SessionSummary) {
      const session = yield* new SessionStates(journal, { sessionId, branchId: mainBranch }).at(head)
      followed.set(sessionId, session)
      const actor = redact(actorInspection(sessionId, session.state, Date.parse(updatedAt)))
      if (actor.type === "@xstate.actor") relay.introduce(actor, head)
      yield* Effect.yieldNow()
    })
    const catchUp = ({ head, sessionId }: SessionSummary) => {
      const { sequence: after } = followed.get(sessionId) ?? sessionFold.initial
      if (head <= after) return Effect.void
      return journal.stream({ sessionId, branchId: mainBranch, after, through: head }).pipe(
        Stream.runForEach((record) =>
          Effect.sync(() => {
            const before = followed.get(sessionId) ?? sessionFold.initial
            const session = sessionFold.step(before, record)
            publish(inspectionsOf(before, record, session, redact))
            followed.set(sessionId, session)
          })
        )
      )
    }
    const wanted = Effect.map(journal.sessions, (all) =>
      all
        .filter(({ branchId, sessionId }) => branchId === mainBranch && (sessionIds?.includes(sessionId) ?? true))
        .slice(0, Limits.inspectorActorsMax)
    )
    yield* Effect.forEach(yield* wanted, introduce, { discard: true })
    for (;;) {
      const startedAt = yield* Clock.currentTimeMillis
      yield* Effect.forEach(yield* wanted, catchUp, { discard: true })
      const took = (yield* Clock.currentTimeMillis) - startedAt
      yield* Effect.sleep(Math.max(lookEveryMs, took * restFactor))
    }
  })
