/**
 * Journals from outside a simulated process: a recorded journal as the start, and the records that a dead process left.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import {
  type EventRecord,
  headText,
  Identity,
  Journal,
  type JournalError,
  type NewEvent
} from "../layers/aios/index.js"
import type { History } from "./History.js"

/**
 * Appends records to an empty journal, one by one, and gives the stored records. Ids, times and bodies stay the same,
 * so the digests stay the same, too. The seals are new: the key of the simulation vouches for what was recorded.
 */
export const load = (
  records: ReadonlyArray<EventRecord>
): Effect.Effect<ReadonlyArray<EventRecord>, JournalError, Journal | Identity> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const { seal } = yield* Identity
    const loaded: Array<EventRecord> = []
    for (const { agentId, branchId, ...record } of records) {
      const event: NewEvent = {
        eventId: record.eventId,
        at: Date.parse(record.timestamp),
        kind: record.kind,
        body: record.body,
        actor: record.actor,
        ...(record.trace === undefined ? {} : { trace: record.trace })
      }
      loaded.push(
        ...(yield* journal.append({
          sessionId: record.sessionId,
          branchId,
          agentId,
          events: [event],
          expectedSequence: record.sequence - 1,
          seal: (head) => seal(headText({ sessionId: record.sessionId, branchId }, head))
        }))
      )
    }
    return loaded
  })

/**
 * Gives the records of a journal that a history does not have: when a process dies between a commit and its reply, the
 * watch has not seen the records that became durable.
 */
export const unseen = (history: History): Effect.Effect<ReadonlyArray<EventRecord>, JournalError, Journal> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const found: Array<EventRecord> = []
    for (const { branchId, sessionId } of yield* journal.sessions) {
      const after = history.session(sessionId)?.records.length ?? 0
      found.push(...(yield* Stream.runCollect(journal.stream({ sessionId, branchId, after }))))
    }
    return found
  })
