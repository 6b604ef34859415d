/**
 * The memories that sessions share, found without reading every session: a table that follows the events, written in the
 * same transaction as they are.
 */
import { Effect } from "effect"
import { type CommittedMemory, decodeKind, type EventRecord, type JournalError, Limits } from "../aios/index.js"
import type { Database } from "./Database.js"
import type { Source } from "./reader.js"

const forget = (database: Database, memoryId: string) =>
  database.run("DELETE FROM memories WHERE memory_id = ?", [memoryId])

/**
 * Follows the events of one append.
 */
export const project = (
  database: Database,
  stream: number,
  records: ReadonlyArray<EventRecord>
): Effect.Effect<void, JournalError> => {
  // Nearly every append has nothing for it.
  const shared = records.filter(({ kind }) => kind.type === "MemoryCommitted" || kind.type === "MemoryTombstoned")
  if (shared.length === 0) return Effect.void
  return Effect.forEach(
    shared,
    Effect.fnUntraced(function* ({ kind, sequence }) {
      if ((kind.type !== "MemoryTombstoned" && kind.type !== "MemoryCommitted") || kind.scope === "session") return
      if (kind.type === "MemoryTombstoned") return yield* forget(database, kind.memoryId)
      if (kind.supersedes !== undefined) yield* forget(database, kind.supersedes)
      yield* database.run(
        "INSERT OR IGNORE INTO memories (memory_id, scope, owner, stream, sequence) VALUES (?, ?, ?, ?, ?)",
        [kind.memoryId, kind.scope, kind.owner ?? "", stream, sequence]
      )
    }),
    { discard: true }
  )
}

/**
 * What an agent of a name knows through others, the oldest first. Ids ascend with time, whichever session made them.
 */
export const memories = (
  { database }: Source,
  owner: string
): Effect.Effect<ReadonlyArray<CommittedMemory>, JournalError> =>
  Effect.map(
    database.run<{ readonly body: string }>(
      `SELECT e.body FROM (
         SELECT *, row_number() OVER (PARTITION BY scope ORDER BY memory_id DESC) AS place
         FROM memories WHERE owner IN ('', ?)
       ) m JOIN events e ON e.stream = m.stream AND e.sequence = m.sequence
       WHERE m.place <= ? ORDER BY m.memory_id`,
      [owner, Limits.sharedMemoriesMax]
    ),
    (rows) =>
      rows.flatMap(({ body }) => {
        const kind = decodeKind(body)
        if (kind.type !== "MemoryCommitted") return []
        const { entries, memoryId, provenance, scope } = kind
        return [{ memoryId, scope, entries, provenance }]
      })
  )
