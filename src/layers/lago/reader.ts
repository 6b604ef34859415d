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
import { readHead } from "./streams.js"

/**
 * A database, its dictionary, and how its schema names the columns of an event.
 */
export interface Source {
  readonly database: Database
  readonly kinds: Kinds
  readonly columns: string
}

/**
 * Records of a stream, and the sequence up to which there are no others.
 */
interface Page {
  readonly records: ReadonlyArray<EventRecord>
  readonly through: number
}

/**
 * What a tail waits with, and what spares it reading again what this process has just written.
 *
 * - `close` before it looks, `await` when it found nothing
 * - `keep`: what becomes durable from now on is kept; `drop`: it is not
 * - `take`: the records after a sequence that were kept, or nothing when some may be missing
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

// A row under the code of unknown types has its type in its body only: no version had a code for it when it was written.
const ofTypes = `AND (e.kind IN (SELECT value FROM json_each(?)) OR (e.kind = ${unknownCode}
  AND CASE WHEN json_valid(e.body) THEN e.body ->> '$.type' END IN (SELECT value FROM json_each(?))))`

/**
 * The rows of a stream after one sequence and through another, oldest first.
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
  const head = yield* readHead(source.database, query)
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
export const headOf = (head: Head | undefined): Head => ({
  sequence: head?.sequence ?? 0,
  digest: head?.digest ?? genesisDigest
})

/**
 * One page of records.
 */
export const read = (source: Source, query: ReadQuery): Effect.Effect<ReadonlyArray<EventRecord>, JournalError> => {
  const limit = Math.max(0, Math.min(query.limit ?? Limits.readEventsMax, Limits.readEventsMax))
  return Effect.map(source.database.exclusive(readPage(source, query, limit)), ({ records }) => records)
}

/**
 * All records of a query, ending at the head of the moment it gets there.
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
 * All records of a query and then every new one. Between two pages a sequence is all that has to be kept: a slow
 * subscriber reads later, and what is committed between a look and a wait has opened the signal already. One that keeps
 * up is handed what was committed and does not read at all.
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

// Kept from before the read on, so that nothing falls between; behind a full page there may be more to read.
const readOn = (source: Source, query: ReadQuery, signal: Signal): Effect.Effect<Page, JournalError> =>
  Effect.suspend(() => {
    signal.keep()
    return Effect.tap(source.database.exclusive(readPage(source, query, streamPageEventsMax)), ({ records }) => {
      if (records.length === streamPageEventsMax) signal.drop()
    })
  })

/**
 * The newest checkpoint at or before a sequence whose state still has its hash; damaged ones are passed over.
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

// The hash of a state with projections is a root over its parts, and not that of its text.
const isIntact = (text: string, stateHash: string): unknown => {
  try {
    const state: unknown = JSON.parse(text)
    const isWhole = hash("sha256", text, "hex") === stateHash
    return isWhole || Subsystem.stateHash(Subsystem.sessionState(state)) === stateHash ? state : undefined
  } catch {
    return undefined
  }
}
