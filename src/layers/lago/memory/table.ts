/**
 * The table of the memories that sessions share. It is derived from the events and written in the same transaction.
 */
import { Effect, Option, Schema } from "effect"
import type { EventRecord, JournalError, RawKind } from "../../aios/index.js"
import type { Database } from "../Database.js"
import { events } from "./events.js"
import { limits } from "./limits.js"
import type { CommittedMemory } from "./schema.js"

const decodeCommitted = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct(events.Committed.fields)))
const decodeTombstoned = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct(events.Tombstoned.fields)))

const types: ReadonlySet<string> = new Set([events.Committed.bare, events.Tombstoned.bare])

const isAboutShared = ({ kind }: EventRecord): boolean => kind.type === "Raw" && types.has(kind.of)

const forget = (database: Database, memoryId: string) =>
  database.run("DELETE FROM memories WHERE memory_id = ?", [memoryId])

/**
 * Updates the table for the events of one append.
 */
export const project = (
  database: Database,
  stream: number,
  records: ReadonlyArray<EventRecord>
): Effect.Effect<void, JournalError> => {
  // Nearly every append has no such event.
  const shared = records.filter(isAboutShared)
  if (shared.length === 0) return Effect.void
  return Effect.forEach(
    shared,
    Effect.fnUntraced(function* ({ kind, sequence }) {
      const { of, raw } = kind as RawKind // isAboutShared let only these through
      if (of === events.Tombstoned.bare) {
        const tombstoned = Option.getOrUndefined(decodeTombstoned(raw))
        if (tombstoned !== undefined && tombstoned.scope !== "session") yield* forget(database, tombstoned.memoryId)
        return
      }
      const committed = Option.getOrUndefined(decodeCommitted(raw))
      if (committed === undefined || committed.scope === "session") return
      const { memoryId, owner = "", scope, supersedes } = committed
      if (supersedes !== undefined) yield* forget(database, supersedes)
      yield* database.run(
        "INSERT OR IGNORE INTO memories (memory_id, scope, owner, stream, sequence) VALUES (?, ?, ?, ?, ?)",
        [memoryId, scope, owner, stream, sequence]
      )
    }),
    { discard: true }
  )
}

/**
 * Reads the memories that sessions share with an agent of a name, the oldest first. Ids of all sessions ascend with
 * time.
 */
export const knownTo = (
  database: Database,
  owner: string
): Effect.Effect<ReadonlyArray<CommittedMemory>, JournalError> =>
  Effect.map(
    database.run<{ readonly body: string }>(
      `SELECT e.body FROM (
         SELECT *, row_number() OVER (PARTITION BY scope ORDER BY memory_id DESC) AS place
         FROM memories WHERE owner IN ('', ?)
       ) m JOIN events e ON e.stream = m.stream AND e.sequence = m.sequence
       WHERE m.place <= ? ORDER BY m.memory_id`,
      [owner, limits.sharedMemoriesMax]
    ),
    (rows) =>
      rows.flatMap(({ body }) => {
        const committed = Option.getOrUndefined(decodeCommitted(body))
        if (committed === undefined) return []
        const { entries, memoryId, provenance, scope } = committed
        return [{ memoryId, scope, entries, provenance }]
      })
  )
