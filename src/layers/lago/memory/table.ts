/**
 * The table of the memories that sessions share. It is derived from the events and written in the same transaction.
 */
import { Effect, Option, Schema } from "effect"
import type { EventRecord, JournalError, RawKind, StreamId } from "../../aios/index.js"
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
 * A memory that sessions share, and the position of its event.
 */
export type SharedMemory = CommittedMemory & { readonly at: StreamId & { readonly sequence: number } }

/**
 * Reads the memories that sessions share with an agent of a name, the oldest first. Ids of all sessions ascend with
 * time.
 */
export const knownTo = (database: Database, owner: string): Effect.Effect<ReadonlyArray<SharedMemory>, JournalError> =>
  Effect.map(
    database.run<MemoryRow & StoredAt & { readonly body: string }>(
      `SELECT m.memory_id, m.scope, m.owner, s.session_id, s.branch_id, m.sequence, e.body FROM (
         SELECT *, row_number() OVER (PARTITION BY scope ORDER BY memory_id DESC) AS place
         FROM memories WHERE owner IN ('', ?)
       ) m JOIN events e ON e.stream = m.stream AND e.sequence = m.sequence JOIN streams s ON s.id = m.stream
       WHERE m.place <= ? ORDER BY m.memory_id`,
      [owner, limits.sharedMemoriesMax]
    ),
    (rows) =>
      rows.flatMap(({ body, ...row }) => {
        const committed = Option.getOrUndefined(decodeCommitted(body))
        // A row that is not what its event says was changed from outside.
        if (committed === undefined || !isRowOf(row, committed)) return []
        const { entries, memoryId, provenance, scope } = committed
        const at = { sessionId: row.session_id, branchId: row.branch_id, sequence: row.sequence }
        return [{ memoryId, scope, entries, provenance, at }]
      })
  )

interface StoredAt {
  readonly session_id: string
  readonly branch_id: string
  readonly sequence: number
}

interface MemoryRow {
  readonly memory_id: string
  readonly scope: string
  readonly owner: string
}

type Committed = Option.Option.Value<ReturnType<typeof decodeCommitted>>

const isRowOf = ({ memory_id, owner, scope }: MemoryRow, committed: Committed): boolean =>
  memory_id === committed.memoryId && scope === committed.scope && owner === (committed.owner ?? "")

/**
 * Compares the table with the events that it is derived from. Gives a line for each memory that differs.
 */
export const verifyMemories = (database: Database): Effect.Effect<ReadonlyArray<string>, JournalError> =>
  Effect.gen(function* () {
    const known = new Map<string, MemoryRow & { readonly stream: number; readonly sequence: number }>()
    const rows = yield* database.run<{ readonly stream: number; readonly sequence: number; readonly body: string }>(
      `SELECT stream, sequence, body FROM events
       WHERE json_valid(body) AND body ->> '$.type' IN (${[...types].map((type) => `'${type}'`).join(", ")}) ORDER BY rowid`
    )
    for (const { body, sequence, stream } of rows) {
      const tombstoned = Option.getOrUndefined(decodeTombstoned(body))
      if (tombstoned !== undefined && body.includes(`"${events.Tombstoned.bare}"`)) known.delete(tombstoned.memoryId)
      const committed = Option.getOrUndefined(decodeCommitted(body))
      if (committed === undefined || committed.scope === "session") continue
      const { memoryId, owner = "", scope, supersedes } = committed
      if (supersedes !== undefined) known.delete(supersedes)
      if (!known.has(memoryId)) known.set(memoryId, { memory_id: memoryId, scope, owner, stream, sequence })
    }
    const stored = yield* database.run<MemoryRow & { readonly stream: number; readonly sequence: number }>(
      "SELECT memory_id, scope, owner, stream, sequence FROM memories"
    )
    const flaws: Array<string> = []
    for (const row of stored) {
      const { memory_id, owner, scope, sequence, stream } = row
      const made = known.get(memory_id)
      known.delete(memory_id)
      const isSame =
        made !== undefined &&
        made.scope === scope &&
        made.owner === owner &&
        made.stream === stream &&
        made.sequence === sequence
      if (!isSame) flaws.push(`the memory ${memory_id} is not stored as its event says`)
    }
    for (const memoryId of known.keys()) flaws.push(`the memory ${memoryId} is missing`)
    return flaws
  })
