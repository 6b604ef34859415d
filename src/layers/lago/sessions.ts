/**
 * Listings of sessions and open runs. Both seek a few rows per stream and read no other events.
 */
import { Effect } from "effect"
import { type JournalError, type SessionSummary, type StreamId, timestampOf } from "../aios/index.js"
import type { Database } from "./Database.js"
import { isMark, markCodes } from "./schema.js"

const { RunErrored, RunFinished, RunStarted, SessionCreated } = markCodes

const runIsOpen = `coalesce((
  SELECT m.kind = ${RunStarted} FROM events m INDEXED BY events_marks
  WHERE m.stream = s.id AND m.${isMark} AND m.kind IN (${RunStarted}, ${RunFinished}, ${RunErrored})
  ORDER BY m.sequence DESC LIMIT 1), 0)`

// A branch has the name of its session.
const nameOf = `coalesce((
  SELECT CASE WHEN json_valid(m.body) THEN m.body ->> '$.name' END
  FROM streams o JOIN events m INDEXED BY events_marks ON m.stream = o.id
  WHERE o.session_id = s.session_id AND m.${isMark} AND m.kind = ${SessionCreated} ORDER BY m.sequence LIMIT 1), s.session_id)`

const summaries = (where: string) => `
  SELECT s.session_id, s.branch_id, s.agent_id, newest.sequence AS head, oldest.at AS created, newest.at AS updated,
    ${nameOf} AS name, ${runIsOpen} AS open
  FROM streams s
  JOIN events oldest ON oldest.stream = s.id
    AND oldest.sequence = (SELECT min(sequence) FROM events WHERE stream = s.id)
  JOIN events newest ON newest.stream = s.id
    AND newest.sequence = (SELECT max(sequence) FROM events WHERE stream = s.id)
  ${where}
  ORDER BY newest.at DESC, newest.rowid DESC`

interface SummaryRow {
  readonly session_id: string
  readonly branch_id: string
  readonly agent_id: string
  readonly head: number
  readonly created: number
  readonly updated: number
  readonly name: string
  readonly open: number
}

const toSummary = (row: SummaryRow): SessionSummary => ({
  sessionId: row.session_id,
  branchId: row.branch_id,
  agentId: row.agent_id,
  name: row.name,
  head: row.head,
  createdAt: timestampOf(row.created),
  updatedAt: timestampOf(row.updated),
  runOpen: row.open === 1
})

/**
 * Every session, newest activity first.
 */
export const sessions = (database: Database): Effect.Effect<ReadonlyArray<SessionSummary>, JournalError> =>
  Effect.map(database.run<SummaryRow>(summaries("")), (rows) => rows.map(toSummary))

/**
 * One session; empty when there is none.
 */
export const session = (
  database: Database,
  { branchId, sessionId }: StreamId
): Effect.Effect<ReadonlyArray<SessionSummary>, JournalError> =>
  Effect.map(
    database.run<SummaryRow>(summaries("WHERE s.session_id = ? AND s.branch_id = ?"), [sessionId, branchId]),
    (rows) => rows.map(toSummary)
  )

/**
 * Streams with an open run, in the order of their creation. The newest event about runs in such a stream is
 * `RunStarted`.
 */
export const openRuns = (database: Database): Effect.Effect<ReadonlyArray<StreamId>, JournalError> =>
  database.run<StreamId>(
    `SELECT s.session_id AS sessionId, s.branch_id AS branchId FROM streams s WHERE ${runIsOpen} ORDER BY s.id`
  )
