/**
 * Streams and their ends. The ends of busy streams are kept in memory.
 */
import { Effect } from "effect"
import { type Append, genesisDigest, type JournalError, Limits, type StreamId } from "../aios/index.js"
import type { Database } from "./Database.js"
import type { StreamInfo } from "./records.js"

/**
 * The end of a stream as its writer sees it.
 */
export interface StreamHead extends StreamInfo {
  sequence: number
  digest: string
  seal: string | undefined
}

interface HeadRow {
  readonly stream: number
  readonly agent_id: string
  readonly sequence: number | null
  readonly digest: Buffer | null
  readonly seal: Buffer | null
}

/**
 * Reads the end of a stream; `undefined` when there is no such stream.
 */
export const readHead = (
  { database, hasSeals = true }: { readonly database: Database; readonly hasSeals?: boolean },
  { branchId, sessionId }: StreamId
): Effect.Effect<StreamHead | undefined, JournalError> =>
  Effect.map(
    database.run<HeadRow>(
      `SELECT s.id AS stream, s.agent_id, e.sequence, e.digest, ${hasSeals ? "e.seal" : "NULL AS seal"} FROM streams s LEFT JOIN events e
       ON e.stream = s.id AND e.sequence = (SELECT max(sequence) FROM events WHERE stream = s.id)
       WHERE s.session_id = ? AND s.branch_id = ?`,
      [sessionId, branchId]
    ),
    ([row]) =>
      row === undefined
        ? undefined
        : {
            stream: row.stream,
            sessionId,
            branchId,
            agentId: row.agent_id,
            sequence: row.sequence ?? 0,
            digest: row.digest?.toString("hex") ?? genesisDigest,
            seal: Buffer.isBuffer(row.seal) ? row.seal.toString("hex") : undefined
          }
  )

/**
 * Creates a stream for the first append to it.
 */
export const create = Effect.fnUntraced(function* (database: Database, { agentId, branchId, sessionId }: Append) {
  const rows = yield* database.run<{ readonly id: number }>(
    "INSERT INTO streams (session_id, branch_id, agent_id) VALUES (?, ?, ?) RETURNING id",
    [sessionId, branchId, agentId]
  )
  const [row] = rows
  if (row === undefined) return yield* Effect.dieMessage("INSERT … RETURNING gave no row")
  const head: StreamHead = {
    stream: row.id,
    sessionId,
    branchId,
    agentId,
    sequence: 0,
    digest: genesisDigest,
    seal: undefined
  }
  return head
})

/**
 * Ends of streams by `keyOf`.
 */
export class HeadCache extends Map<string, StreamHead> {
  /**
   * Drops the oldest entries beyond the limit. Call it only between commits: a head that a commit has moved is not in
   * the database yet.
   */
  trim(): void {
    for (const key of this.keys()) {
      if (this.size <= Limits.headCacheStreamsMax) return
      this.delete(key)
    }
  }
}
