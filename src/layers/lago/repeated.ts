/**
 * Recognition of appends that were committed before.
 */
import { Effect } from "effect"
import { type EventRecord, JournalError } from "../aios/index.js"
import type { Database } from "./Database.js"
import type { Kinds } from "./kinds.js"
import { type EventRow, eventColumns, fromRow, keyOf, type Request, type StreamInfo, unreadable } from "./records.js"

interface StoredRow extends EventRow {
  readonly stream: number
  readonly session_id: string
  readonly branch_id: string
  readonly agent_id: string
}

const infoOf = (row: StoredRow): StreamInfo => ({
  stream: row.stream,
  sessionId: row.session_id,
  branchId: row.branch_id,
  agentId: row.agent_id
})

/**
 * Gives the records of the earlier append that a refused append repeats. Fails with the refusal when none of its event
 * ids is stored, and with `EventIdReused` when an id belongs to another event.
 */
export const repeated = Effect.fnUntraced(function* (
  { database, kinds }: { readonly database: Database; readonly kinds: Kinds },
  { append, events, key }: Request,
  refusal: JournalError
) {
  const rows = yield* database.run<StoredRow>(
    `SELECT ${eventColumns}, e.stream, s.session_id, s.branch_id, s.agent_id FROM json_each(?) AS wanted
     CROSS JOIN events e ON e.event_id = unhex(wanted.value) JOIN streams s ON s.id = e.stream`,
    [JSON.stringify(events.map(({ idBytes }) => idBytes.toString("hex")))]
  )
  if (rows.length === 0) return yield* refusal
  const stored = new Map<string, EventRecord>()
  for (const row of rows) {
    const found = yield* Effect.try({
      try: () => fromRow(infoOf(row), row, kinds),
      catch: (cause) => unreadable(database.file, infoOf(row), row.sequence, cause)
    })
    stored.set(found.eventId, found)
  }
  const records: Array<EventRecord> = []
  for (const {
    event: { eventId },
    text
  } of events) {
    const same = stored.get(eventId)
    if (same === undefined || keyOf(same) !== key || same.body !== text) {
      const reused = same ?? [...stored.values()][0]
      return yield* new JournalError({
        reason: "EventIdReused",
        message:
          `Append to ${append.sessionId}/${append.branchId}: id ${reused?.eventId} stands for another event ` +
          `(${reused?.sessionId}/${reused?.branchId}, sequence ${reused?.sequence}), or only a part of this append was ` +
          `appended before. Give new events new ids.`
      })
    }
    records.push(same)
  }
  return records
})
