/**
 * Pages of records, heads and checkpoints.
 */
import { hash } from "node:crypto"
import { Chunk, Effect, Option, type Scope, Stream } from "effect"
import {
  type Checkpoint,
  type EventRecord,
  genesisDigest,
  type Head,
  type JournalError,
  Limits,
  type ReadQuery,
  type StreamId,
  typeOf
} from "../aios/index.js"
import { Subsystem } from "../aios/index.js"
import type { Database } from "./Database.js"
import type { Kinds } from "./kinds.js"
import { type EventRow, fromRow, type StreamInfo, unreadable } from "./records.js"
import { unknownCode } from "./schema.js"
import { readHead, type StreamHead } from "./streams.js"

/**
 * A database, its dictionary, and the columns of an event in its schema.
 */
export interface Source {
  readonly database: Database
  readonly kinds: Kinds
  readonly columns: string
  /** False for a schema before the seals. */
  readonly hasSeals: boolean
}

/**
 * Records of a stream, and the sequence up to which they are complete.
 */
interface Page {
  readonly records: ReadonlyArray<EventRecord>
  readonly through: number
}

/**
 * Signal that wakes a tail, with a buffer of the records that this process has just committed: the tail need not read
 * those again.
 *
 * - `close`: closes the signal before the tail looks for records; `await`: waits when the tail found none
 * - `keep`: buffers the records that become durable from now on; `drop`: empties the buffer and stops that
 * - `take`: gives the buffered records after a sequence; `undefined` when some may be missing
 */
export interface Signal {
  readonly close: () => void
  readonly await: Effect.Effect<void>
  readonly keep: () => void
  readonly drop: () => void
  readonly take: (after: number) => ReadonlyArray<EventRecord> | undefined
}

// A subscriber holds one page in memory, and records may be large.
const streamPageEventsMax = 256

// A row with the code of unknown types has its type only in its body: the version that wrote it had no code for the
// type.
const ofTypes = `AND (e.kind IN (SELECT value FROM json_each(?)) OR (e.kind = ${unknownCode}
  AND CASE WHEN json_valid(e.body) THEN e.body ->> '$.type' END IN (SELECT value FROM json_each(?))))`

/**
 * Reads the rows of a stream after one sequence and through another, oldest first.
 */
export const readRows = (
  { columns, database, kinds }: Source,
  {
    after,
    limit,
    stream,
    through
  }: {
    readonly stream: number
    readonly after: number
    readonly through: number
    readonly limit: number
  },
  types?: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<EventRow>, JournalError> => {
  const filter = types === undefined ? [] : [JSON.stringify(kinds.codesOf(types)), JSON.stringify(types)]
  return database.run<EventRow>(
    `SELECT ${columns} FROM events e
     WHERE e.stream = ? AND e.sequence > ? AND e.sequence <= ? ${types === undefined ? "" : ofTypes} ORDER BY e.sequence LIMIT ?`,
    [stream, after, through, ...filter, limit]
  )
}

const decodeRows = (
  source: Source,
  info: StreamInfo,
  rows: ReadonlyArray<EventRow>
): Effect.Effect<ReadonlyArray<EventRecord>, JournalError> =>
  Effect.suspend(() => {
    const records: Array<EventRecord> = []
    try {
      for (const row of rows) records.push(fromRow(info, row, source.kinds))
      return Effect.succeed(records)
    } catch (cause) {
      return unreadable(source.database.file, info, rows[records.length]?.sequence, cause)
    }
  })

const readPage = Effect.fnUntraced(function* (source: Source, query: ReadQuery, limit: number) {
  const { after = 0, through = Number.MAX_SAFE_INTEGER, types } = query
  const head = yield* readHead(source, query)
  if (head === undefined || head.sequence <= after) return { records: [], through: after }
  const range = { stream: head.stream, after, through, limit }
  const rows = yield* readRows(source, range, types)
  const records = yield* decodeRows(source, head, rows)
  const last = records.length < limit ? undefined : records.at(-1)
  const page: Page = { records, through: last?.sequence ?? Math.min(through, head.sequence) }
  return page
})

/**
 * The end of a stream; a stream that does not exist is empty.
 */
export const headOf = (head: StreamHead | undefined): Head => ({
  sequence: head?.sequence ?? 0,
  digest: head?.digest ?? genesisDigest,
  ...(head?.seal === undefined ? {} : { seal: head.seal })
})

/**
 * Reads one page of records.
 */
export const read = (source: Source, query: ReadQuery): Effect.Effect<ReadonlyArray<EventRecord>, JournalError> => {
  const limit = Math.max(0, Math.min(query.limit ?? Limits.readEventsMax, Limits.readEventsMax))
  return Effect.map(source.database.exclusive(readPage(source, query, limit)), ({ records }) => records)
}

/**
 * Streams all records of a query, and ends when it reaches the current head.
 */
export const stream = (source: Source, query: ReadQuery): Stream.Stream<EventRecord, JournalError> =>
  Stream.paginateChunkEffect(query.after ?? 0, (after) =>
    Effect.map(
      source.database.exclusive(readPage(source, { ...query, after }, streamPageEventsMax)),
      ({ records, through }) => [
        Chunk.unsafeFromArray(records),
        records.length < streamPageEventsMax ? Option.none() : Option.some(through)
      ]
    )
  )

/**
 * Streams all records of a query and then every new one. Between two pages the tail keeps only a sequence, so a slow
 * subscriber reads later. A commit between the read and the wait has already opened the signal, so the tail does not
 * miss it. A subscriber that keeps up gets the committed records from the signal and does not read at all.
 */
export const tail = (
  source: Source,
  query: ReadQuery,
  subscribe: Effect.Effect<Signal, never, Scope.Scope>
): Stream.Stream<EventRecord, JournalError> =>
  Stream.unwrapScoped(
    Effect.map(subscribe, (signal) =>
      Stream.paginateChunkEffect(query.after ?? 0, (after) =>
        Effect.map(nextPage(source, query, after, signal), ({ records, through }) => [
          Chunk.unsafeFromArray(records),
          Option.some(through)
        ])
      )
    )
  )

const nextPage = Effect.fnUntraced(function* (source: Source, query: ReadQuery, from: number, signal: Signal) {
  let after = from
  for (;;) {
    signal.close()
    const fresh = signal.take(after)
    const page: Page =
      fresh === undefined ? yield* readOn(source, { ...query, after }, signal) : pageOf(fresh, query, after)
    if (page.records.length > 0) return page
    after = page.through
    yield* signal.await
  }
})

const pageOf = (fresh: ReadonlyArray<EventRecord>, { types }: ReadQuery, after: number): Page => ({
  records: types === undefined ? fresh : fresh.filter(({ kind }) => types.includes(typeOf(kind))),
  through: fresh.at(-1)?.sequence ?? after
})

// The signal buffers records from before the read on, so that none is missed. After a full page there may be more to
// read, so the buffer is dropped.
const readOn = (source: Source, query: ReadQuery, signal: Signal): Effect.Effect<Page, JournalError> =>
  Effect.suspend(() => {
    signal.keep()
    return Effect.tap(source.database.exclusive(readPage(source, query, streamPageEventsMax)), ({ records }) => {
      if (records.length === streamPageEventsMax) signal.drop()
    })
  })

/**
 * Gives the newest checkpoint at or before a sequence whose state matches its hash. A damaged checkpoint is skipped
 * with a warning.
 */
export const checkpoint = Effect.fnUntraced(function* (
  { database }: Source,
  { branchId, sessionId }: StreamId,
  atMost: number
) {
  const rows = yield* database.exclusive(
    database.run<CheckpointRow>(
      `SELECT c.sequence, c.state, c.state_hash FROM checkpoints c JOIN streams s ON s.id = c.stream
     WHERE s.session_id = ? AND s.branch_id = ? AND c.sequence <= ? ORDER BY c.sequence DESC`,
      [sessionId, branchId, atMost]
    )
  )
  for (const { sequence, state, state_hash: stateHash } of rows) {
    const parsed = isIntact(state, stateHash)
    if (parsed !== undefined) return Option.some<Checkpoint>({ sequence, state: parsed, stateHash })
    yield* Effect.logWarning(
      `${database.file}: the checkpoint of ${sessionId}/${branchId} at ${sequence} does not match its hash; going on ` +
        `with an older one or the events themselves`
    )
  }
  return Option.none<Checkpoint>()
})

interface CheckpointRow {
  readonly sequence: number
  readonly state: string
  readonly state_hash: string
}

/**
 * Gives the state of a checkpoint if its hash fits; `undefined` if it does not. The hash of a state with projections is
 * a root over its leaves, not the hash of its text.
 */
export const isIntact = (text: string, stateHash: string): unknown => {
  try {
    const state: unknown = JSON.parse(text)
    const isWhole = hash("sha256", text, "hex") === stateHash
    return isWhole || Subsystem.stateHash(Subsystem.sessionState(state)) === stateHash ? state : undefined
  } catch {
    return undefined
  }
}
