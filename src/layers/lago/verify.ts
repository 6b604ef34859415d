/**
 * Verification that a stream is as it was written.
 */
import { Effect, Option } from "effect"
import { genesisDigest, JournalError, Limits, type StreamId, type Verification } from "../aios/index.js"
import type { Kinds } from "./kinds.js"
import { readRows, type Source } from "./reader.js"
import { digestOfRow, type EventRow, type StreamInfo } from "./records.js"
import { unknownCode } from "./schema.js"
import { readHead } from "./streams.js"

// Names the flaw of a row that should be record `sequence` after the digest `previous`; `undefined` when it has none.
const flawOf = (
  info: StreamInfo,
  row: EventRow,
  kinds: Kinds,
  sequence: number,
  previous: string
): string | undefined => {
  if (row.sequence !== sequence) return `record ${sequence} is missing; the next one there is ${row.sequence}`
  try {
    const { digest, type: named } = digestOfRow(info, row, kinds, previous)
    if (digest !== row.digest.toString("hex")) return `record ${sequence} was altered: its digest does not fit`
    // The digest covers the body, which names the type; the column beside it only serves to find records by type.
    const type = kinds.byCode.get(row.kind)?.type
    return type === named || (row.kind === unknownCode && row.body !== null)
      ? undefined
      : `record ${sequence} is filed as ${type ?? row.kind} but is of type ${named}`
  } catch (cause) {
    return `record ${sequence} cannot be read: ${String(cause)}`
  }
}

const whole = { through: Number.MAX_SAFE_INTEGER } as const

const flawAt = (sequence: number, message: string): Verification => ({
  checked: sequence - 1,
  flaw: Option.some({ sequence, message })
})

/**
 * Recomputes every digest of a stream after a sequence, and compares its end with its newest checkpoint. Gives the first flaw: a record
 * that was altered, one that is missing, or an end that was cut off. Fails with `NotFound` when there is no such
 * stream.
 */
export const verify = Effect.fnUntraced(function* (source: Source, streamId: StreamId, after = 0) {
  const { database, kinds } = source
  const info = yield* database.exclusive(readHead(source, streamId))
  if (info === undefined) return yield* notFound(source, streamId)
  // Read before the records: a checkpoint that is written during the check may cover records that the check has not
  // read.
  const [newest] = yield* database.exclusive(
    database.run<{ readonly sequence: number | null }>(
      "SELECT max(sequence) AS sequence FROM checkpoints WHERE stream = ?",
      [info.stream]
    )
  )
  const covered = newest?.sequence ?? 0
  let sequence = after
  const [start] =
    after === 0
      ? []
      : yield* database.exclusive(readRows(source, { ...whole, after: after - 1, stream: info.stream, limit: 1 }))
  if (after > 0 && start?.sequence !== after) return flawAt(after, `record ${after} is missing`)
  let previous = start?.digest.toString("hex") ?? genesisDigest
  for (;;) {
    const range = { ...whole, stream: info.stream, after: sequence, limit: Limits.readEventsMax }
    const rows = yield* database.exclusive(readRows(source, range))
    for (const row of rows) {
      const message = flawOf(info, row, kinds, sequence + 1, previous)
      if (message !== undefined) return flawAt(sequence + 1, message)
      sequence++
      previous = row.digest.toString("hex")
    }
    if (rows.length < Limits.readEventsMax) break
  }
  return covered > sequence
    ? flawAt(sequence + 1, `records ${sequence + 1} to ${covered} are missing: a checkpoint covers them`)
    : ({ checked: sequence - after, flaw: Option.none() } satisfies Verification)
})

const notFound = ({ database }: Source, { branchId, sessionId }: StreamId) =>
  new JournalError({
    reason: "NotFound",
    message: `${database.file} has no session ${sessionId} with a branch ${branchId}. \`life sessions\` lists what there is.`
  })
