/**
 * Journals from outside a simulated process: a recorded one as the start, and what a dead process has left behind.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import { type EventRecord, Journal, type JournalError, type NewEvent } from "../layers/aios/index.js"
import type { History } from "./History.js"

/**
 * Puts records into an empty journal, stream by stream, and gives them back as they stand there. Ids, times and bodies
 * stay what they were, so the digests do, too.
 */
export const load = (
  records: ReadonlyArray<EventRecord>
): Effect.Effect<ReadonlyArray<EventRecord>, JournalError, Journal> =>
  Effect.gen(function* () {
    const journal = yield* Journal
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
          expectedSequence: record.sequence - 1
        }))
      )
    }
    return loaded
  })

/**
 * The records of a journal that a history does not know: a process may die between a commit and its reply, and then
 * nobody has seen what became durable.
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
