/**
 * One transaction with the appends of several callers in it.
 */
import { Cause, Effect, Exit, Option, Schema } from "effect"
import { type AnchoredHead, type Append, type EventRecord, JournalError, SessionId } from "../aios/index.js"
import type { Anchor } from "./anchor.js"
import type { Database, Parameter } from "./Database.js"
import type { Kinds } from "./kinds.js"
import { project } from "./memory/table.js"
import { place, type Request } from "./records.js"
import { repeated } from "./repeated.js"
import { create, type HeadCache, readHead, type StreamHead } from "./streams.js"

/**
 * Result of one append: its records, or why it failed.
 */
export type Outcome = Exit.Exit<ReadonlyArray<EventRecord>, JournalError>

/**
 * Parts that a commit works with. `epoch` is the fence that this writer holds.
 */
export interface Committer {
  readonly database: Database
  readonly kinds: Kinds
  readonly heads: HeadCache
  readonly epoch: number
  /** Tells whether the path of the database still leads to the file that was opened. */
  readonly isInPlace: () => boolean
  readonly anchor: Anchor
}

const columns = 10
const rowsPerStatementMax = 64

// Rows are inserted with few statements, because a statement costs more than a row. There is one statement for each
// number of rows, prepared at its first use. With OR FAIL, SQLite keeps no copies to undo a single statement: the whole
// transaction is rolled back anyway.
const insertSql = Array.from(
  { length: rowsPerStatementMax + 1 },
  (_, rows) =>
    `INSERT OR FAIL INTO events (stream, sequence, event_id, at, kind, body, extra, digest, trace, seal) VALUES ${Array(
      rows
    )
      .fill("(?, ?, ?, ?, ?, ?, ?, unhex(?), ?, unhex(?))")
      .join(", ")}`
)

const insertEvents = Effect.fnUntraced(function* (database: Database, parameters: ReadonlyArray<Parameter>) {
  const step = rowsPerStatementMax * columns
  for (let from = 0; from < parameters.length; from += step) {
    const rows = parameters.slice(from, from + step)
    yield* database.run(insertSql[rows.length / columns] ?? "", rows)
  }
})

const checkFence = Effect.fnUntraced(function* ({ database, epoch }: Committer) {
  const [row] = yield* database.run<{ readonly epoch: number }>("SELECT epoch FROM fence")
  if (row?.epoch === epoch) return
  return yield* new JournalError({
    reason: "Fenced",
    message:
      `${database.file}: another process took this journal over (epoch ${row?.epoch}, ours is ${epoch}). ` +
      `Stop this process; nothing of the append was kept.`
  })
})

const writeCheckpoint = Effect.fnUntraced(function* (database: Database, { stream }: StreamHead, request: Request) {
  const {
    append: { checkpoint },
    state
  } = request
  if (checkpoint === undefined || state === undefined) return
  yield* database.run("INSERT OR REPLACE INTO checkpoints (stream, sequence, state_hash, state) VALUES (?, ?, ?, ?)", [
    stream,
    checkpoint.sequence,
    checkpoint.stateHash,
    state
  ])
  yield* database.run(
    `DELETE FROM checkpoints WHERE stream = ? AND sequence <
     (SELECT sequence FROM checkpoints AS c WHERE c.stream = checkpoints.stream ORDER BY sequence DESC LIMIT 1 OFFSET 1)`,
    [stream]
  )
})

const isName = Schema.is(SessionId)
const areNames = ({ branchId, sessionId }: Append): boolean => isName(sessionId) && isName(branchId)

const refuse = (reason: JournalError["reason"], { branchId, sessionId }: Append, message: string, details?: object) =>
  new JournalError({ reason, message: `${sessionId}/${branchId} ${message}`, ...details })

const refusalOf = ({ append, events }: Request, head: StreamHead | undefined): JournalError | undefined => {
  const { agentId, checkpoint, expectedSequence } = append
  const actualSequence = head?.sequence ?? 0
  if (expectedSequence !== undefined && expectedSequence !== actualSequence) {
    const message = `ends at ${actualSequence}, not at ${expectedSequence}. Read what was added, then append again.`
    return refuse("Conflict", append, message, { expectedSequence, actualSequence })
  }
  const last = actualSequence + events.length
  if (checkpoint !== undefined && !(checkpoint.sequence >= 1 && checkpoint.sequence <= last)) {
    const message = `has events 1 to ${last}, so a checkpoint cannot stand at ${checkpoint.sequence}.`
    return refuse("Conflict", append, message, { expectedSequence: checkpoint.sequence, actualSequence: last })
  }
  if (head === undefined) {
    if (areNames(append)) return undefined
    return refuse("Invalid", append, "names no stream: use 1 to 64 of A-Z a-z 0-9 . _ - for each, no . or - in front.")
  }
  if (head.agentId === agentId) return undefined
  return refuse(
    "Invalid",
    append,
    `belongs to agent ${head.agentId}, not to ${agentId}. Append as the agent that began it.`
  )
}

const loadHead = Effect.fnUntraced(function* ({ database, heads }: Committer, { append, events, key }: Request) {
  const stored = yield* readHead({ database }, append)
  const isFirst = stored === undefined && events.length > 0 && (append.expectedSequence ?? 0) === 0 && areNames(append)
  const head = isFirst ? yield* create(database, append) : stored
  if (head !== undefined) heads.set(key, head)
  return head
})

// Moves the head and adds the rows. When the transaction fails afterwards, `commit` drops all heads.
const advance = (
  head: StreamHead,
  { append, events }: Request,
  parameters: Array<Parameter>
): ReadonlyArray<EventRecord> => {
  const last = events.length - 1
  return events.map((encoded, index) => {
    const { at, body, code, extra, idBytes, trace } = encoded
    const seal = index === last ? append.seal : undefined
    const record = place(head, head.sequence + 1, head.digest, encoded, seal)
    head.sequence = record.sequence
    head.digest = record.digest
    head.seal = record.seal
    parameters.push(
      head.stream,
      record.sequence,
      idBytes,
      at,
      code,
      body,
      extra,
      record.digest,
      trace,
      record.seal ?? null
    )
    return record
  })
}

const attempt = Effect.fnUntraced(function* (committer: Committer, requests: ReadonlyArray<Request>) {
  const { database, heads } = committer
  const outcomes: Array<Outcome> = []
  const parameters: Array<Parameter> = []
  heads.trim()
  yield* checkFence(committer)
  for (const request of requests) {
    const head = heads.get(request.key) ?? (yield* loadHead(committer, request))
    const refusal = refusalOf(request, head)
    if (refusal !== undefined) {
      outcomes.push(Exit.fail(refusal))
      continue
    }
    const records = head === undefined ? [] : advance(head, request, parameters)
    outcomes.push(Exit.succeed(records))
    if (head === undefined) continue
    if (request.state !== undefined) yield* writeCheckpoint(database, head, request)
    yield* project(database, head.stream, records)
  }
  yield* insertEvents(database, parameters)
  return outcomes
})

/**
 * Commits appends together. An append at fault fails alone. When the transaction fails, all appends fail and nothing is
 * kept. Gives one outcome for each append, in order.
 */
export const commit = (committer: Committer, requests: ReadonlyArray<Request>): Effect.Effect<ReadonlyArray<Outcome>> =>
  Effect.flatMap(Effect.exit(committer.database.transaction(attempt(committer, requests))), (exit) => {
    // A commit into a file that was removed or replaced is lost, so it must not be acknowledged.
    if (Exit.isSuccess(exit) && !committer.isInPlace()) {
      committer.heads.clear()
      return Effect.succeed(requests.map(() => Exit.fail(replaced(committer))))
    }
    if (Exit.isSuccess(exit)) {
      return Effect.zipRight(anchored(committer, requests, exit.value), settle(committer, requests, exit.value))
    }
    committer.heads.clear()
    const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
    if (error?.reason !== "EventIdReused") return Effect.succeed(requests.map(() => Exit.failCause(exit.cause)))
    // SQLite does not name the append with the reused id, so each append is committed alone.
    if (requests.length > 1) return Effect.forEach(requests, (request) => commitAlone(committer, request))
    return settle(committer, requests, [Exit.fail(error)])
  })

const anchored = (
  { anchor }: Committer,
  requests: ReadonlyArray<Request>,
  outcomes: ReadonlyArray<Outcome>
): Effect.Effect<void> => {
  const heads: Array<AnchoredHead> = []
  for (const [index, outcome] of outcomes.entries()) {
    const isAnchored = requests[index]?.append.anchored === true
    const last = isAnchored && Exit.isSuccess(outcome) ? outcome.value.at(-1) : undefined
    // A record with a seal is an anchored head.
    if (last?.seal !== undefined) heads.push(last as AnchoredHead)
  }
  if (heads.length === 0) return Effect.void
  const failed = anchor.add(heads)
  return failed === undefined ? Effect.void : Effect.logWarning(failed)
}

const replaced = ({ database }: Committer): JournalError =>
  new JournalError({
    reason: "Replaced",
    message:
      `${database.file} was removed or replaced while this process had it open, so nothing more is kept. Stop this ` +
      "process; put the directory back, and start again."
  })

const commitAlone = (committer: Committer, request: Request): Effect.Effect<Outcome> =>
  Effect.map(commit(committer, [request]), ([outcome]) => outcome ?? noOutcome)

/**
 * Stands for a missing outcome of an append, which is a defect of this program.
 */
export const noOutcome: Outcome = Exit.die("a commit gave no outcome")

const settle = (
  committer: Committer,
  requests: ReadonlyArray<Request>,
  outcomes: ReadonlyArray<Outcome>
): Effect.Effect<ReadonlyArray<Outcome>> =>
  outcomes.every(Exit.isSuccess)
    ? Effect.succeed(outcomes)
    : Effect.forEach(requests, (request, index) => {
        const outcome = outcomes[index]
        const refusal =
          outcome === undefined || Exit.isSuccess(outcome) ? Option.none() : Cause.failureOption(outcome.cause)
        return Option.match(refusal, {
          onNone: () => Effect.succeed(outcome ?? noOutcome),
          onSome: (error) => Effect.exit(repeated(committer, request, error))
        })
      })
