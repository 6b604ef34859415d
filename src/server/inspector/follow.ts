/**
 * Watches sessions that another process may be writing: introduces them, and passes on what they grow by.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Stream } from "effect"
import { initialTransition } from "xstate"
import {
  type AgentState,
  type EventRecord,
  initialState,
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
  foldEvent,
  inspectionsOf,
  reduce,
  rootInspection,
  supervisorMachine
} from "../../machines/index.js"
import type { Relay } from "./relay.js"
import { SessionStates } from "./SessionStates.js"

/** What to follow, and where to. */
export interface FollowOptions {
  readonly journal: typeof Journal.Service
  readonly relay: Relay
  readonly redact: Redaction
  /** Only these sessions; all of them unless given. */
  readonly sessionIds?: ReadonlyArray<string>
}

interface Followed {
  sequence: number
  state: AgentState
  previous: EventRecord | undefined
}

const lookEveryMs = 200
// However long a look takes, looking takes a twentieth of the time.
const restFactor = 20

/** Follows sessions. Does not end; fails when the journal can no longer be read. */
export const follow = ({ journal, redact, relay, sessionIds }: FollowOptions): Effect.Effect<never, JournalError> =>
  Effect.gen(function* () {
    const followed = new Map<string, Followed>()
    const publish = (told: ReturnType<typeof inspectionsOf>) => {
      for (const inspection of told) relay.publish(inspection)
    }
    const [root] = initialTransition(supervisorMachine, defaultSupervision)
    publish([redact(rootInspection(root, yield* Clock.currentTimeMillis))])

    // What happened before is shown as it is now; the whole of it is there to be replayed.
    const introduce = Effect.fnUntraced(function* ({ head, sessionId, updatedAt }: SessionSummary) {
      const stream = { sessionId, branchId: mainBranch }
      const state = yield* new SessionStates(journal, stream).at(head)
      const [previous] = yield* journal.read({ ...stream, after: head - 1, through: head })
      followed.set(sessionId, { sequence: head, state, previous })
      const actor = redact(actorInspection(sessionId, state, Date.parse(updatedAt)))
      if (actor.type === "@xstate.actor") relay.introduce(actor, head)
      yield* Effect.yieldNow()
    })
    const catchUp = ({ head, sessionId }: SessionSummary) => {
      const at = followed.get(sessionId) ?? { sequence: 0, state: initialState, previous: undefined }
      followed.set(sessionId, at)
      if (head <= at.sequence) return Effect.void
      return journal.stream({ sessionId, branchId: mainBranch, after: at.sequence, through: head }).pipe(
        Stream.runForEach((record) =>
          Effect.sync(() => {
            const before = at.state
            at.state = reduce(before, foldEvent(record))
            publish(inspectionsOf(before, record, at.state, { redact, previous: at.previous }))
            at.sequence = record.sequence
            at.previous = record
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
