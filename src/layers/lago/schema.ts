/**
 * The tables of a journal and their migrations.
 *
 * Events of all streams are kept in the order of their commits. A commit then writes to the end of the table and of the
 * index over the ids (ULIDs ascend), instead of to one page for each of its streams.
 */
import { Effect } from "effect"
import { canonicalJson, eventTypes, JournalError, Plan, tickPhases } from "../aios/index.js"
import type { Database } from "./Database.js"

/**
 * Codes of the kinds that the index `events_marks` is made of. They are written into the schema and never change.
 */
export const markCodes = { SessionCreated: 1, RunStarted: 2, RunFinished: 3, RunErrored: 4 } as const

/**
 * The code of bodies whose type this version does not know.
 */
export const unknownCode = 0

/**
 * The condition of the index `events_marks`. A query must repeat it word for word, or SQLite does not use the index.
 */
export const isMark = `kind IN (${Object.values(markCodes).join(", ")})`

// user_version n means that the first n of these lists have been run.
const migrations: ReadonlyArray<ReadonlyArray<string>> = [
  [
    `CREATE TABLE fence (epoch INTEGER NOT NULL)`,
    `INSERT INTO fence (epoch) VALUES (0)`,
    `CREATE TABLE streams (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL,
    branch_id TEXT NOT NULL,
    agent_id TEXT NOT NULL,
    UNIQUE (session_id, branch_id)
  )`,
    // A kind with a body stands for that whole body; rows of such a kind store none.
    `CREATE TABLE kinds (code INTEGER PRIMARY KEY, type TEXT NOT NULL, body TEXT)`,
    `INSERT INTO kinds (code, type) VALUES (${unknownCode}, ''), ${Object.entries(markCodes)
      .map(([type, code]) => `(${code}, '${type}')`)
      .join(", ")}`,
    `CREATE TABLE events (
    stream INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    event_id BLOB NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    body TEXT,
    extra TEXT,
    digest BLOB NOT NULL,
    UNIQUE (stream, sequence)
  )`,
    `CREATE INDEX events_marks ON events (stream, sequence, kind) WHERE ${isMark}`,
    `CREATE TABLE checkpoints (
    stream INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    state_hash TEXT NOT NULL,
    state TEXT NOT NULL,
    UNIQUE (stream, sequence)
  )`,
    `CREATE VIEW events_readable AS
    SELECT s.session_id, s.branch_id, e.sequence,
      strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1000.0, 'unixepoch') AS timestamp,
      coalesce(nullif(k.type, ''), '(unknown)') AS type, coalesce(e.body, k.body) AS body, e.extra, s.agent_id,
      lower(hex(e.event_id)) AS event_id_hex, lower(hex(e.digest)) AS digest
    FROM events e JOIN streams s ON s.id = e.stream LEFT JOIN kinds k ON k.code = e.kind
    ORDER BY e.rowid`
  ],
  [
    // The ids of the trace and of the span in which an event was made, 16 and 8 bytes.
    `ALTER TABLE events ADD COLUMN trace BLOB`,
    `DROP VIEW events_readable`,
    `CREATE VIEW events_readable AS
    SELECT s.session_id, s.branch_id, e.sequence,
      strftime('%Y-%m-%dT%H:%M:%fZ', e.at / 1000.0, 'unixepoch') AS timestamp,
      coalesce(nullif(k.type, ''), '(unknown)') AS type, coalesce(e.body, k.body) AS body, e.extra, s.agent_id,
      lower(hex(e.event_id)) AS event_id_hex, lower(hex(e.digest)) AS digest,
      nullif(lower(hex(substr(e.trace, 1, 16))), '') AS trace_id,
      nullif(lower(hex(substr(e.trace, 17))), '') AS span_id
    FROM events e JOIN streams s ON s.id = e.stream LEFT JOIN kinds k ON k.code = e.kind
    ORDER BY e.rowid`
  ],
  [
    `CREATE TABLE blobs (sha256 BLOB NOT NULL UNIQUE, bytes BLOB NOT NULL)`,
    // Memories that sessions share, each with the position of its event. An append of such events also writes these
    // rows.
    `CREATE TABLE memories (
    memory_id TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    owner TEXT NOT NULL,
    stream INTEGER NOT NULL,
    sequence INTEGER NOT NULL
  )`,
    `CREATE INDEX memories_known ON memories (owner, scope, memory_id)`
  ],
  [
    // The seal of the head that the last event of an append made.
    `ALTER TABLE events ADD COLUMN seal BLOB`
  ]
]

/**
 * The version that added the trace of events, and the version that added blobs and shared memories.
 */
export const traceVersion = 2
export const memoriesVersion = 3

/**
 * The version that added the seals of heads.
 */
export const sealVersion = 4

/**
 * The version of the schema that this build reads and writes.
 */
export const schemaVersion = migrations.length

/**
 * The version of the schema that a database has; 0 is an empty one. Fails for one that a newer build made.
 */
export const versionOf = Effect.fnUntraced(function* (database: Database) {
  const rows = yield* database.run<{ readonly user_version: number }>("PRAGMA user_version")
  const version = rows[0]?.user_version ?? 0
  if (version > schemaVersion) {
    return yield* new JournalError({
      reason: "Failed",
      message: `${database.file} has schema ${version} and this version of Life knows ${schemaVersion}. Update Life.`
    })
  }
  return version
})

/**
 * Brings the schema up to date and seeds the kinds, all or nothing.
 */
export const migrate = (database: Database): Effect.Effect<void, JournalError> =>
  database.transaction(
    Effect.gen(function* () {
      const version = yield* versionOf(database)
      for (const statement of migrations.slice(version).flat()) yield* database.run(statement)
      if (version < schemaVersion) yield* database.run(`PRAGMA user_version = ${schemaVersion}`)
      yield* database.run(
        `INSERT INTO kinds (type, body)
       SELECT value ->> 0, value ->> 1 FROM json_each(?) EXCEPT SELECT type, body FROM kinds`,
        [
          JSON.stringify([
            ...eventTypes.map((type) => [type, null]),
            ...constantBodies.map((body) => ["PhaseEntered", body])
          ])
        ]
      )
    })
  )

// Most rows of an agent only name the phases that it entered: one phase, or several consecutive phases of one tick.
const constantBodies: ReadonlyArray<string> = tickPhases.flatMap((_, from) =>
  tickPhases.slice(from).flatMap((phase, length) => {
    const passed = tickPhases.slice(from, from + length)
    const entered = { type: "PhaseEntered", phase, ...(length === 0 ? {} : { passed }) }
    const plans = phase === "act" || passed.includes("act") ? Plan.literals.map((plan) => ({ ...entered, plan })) : []
    return [entered, ...plans].map(canonicalJson)
  })
)
