/**
 * Trust in a memory of another session: its event is what the holder of the key wrote.
 */
import { Effect, Option } from "effect"
import { digestOf, type EventRecord, genesisDigest, headText, type JournalError } from "../../aios/index.js"
import { headOf, read, type Source } from "../reader.js"
import { readHead } from "../streams.js"
import { verify } from "../verify.js"
import type { SharedMemory } from "./table.js"

// The seal of an append stands behind its last record, a few records after the memory.
const nearEventsMax = 32

type Seal = (text: string) => string

/**
 * Makes the test whether a key vouches for a memory: the digests lead from its event to a seal of the key, either of its
 * own append, or of the head of its session, as after an adoption.
 */
export const voucherOf = (
  source: Source
): ((memory: SharedMemory, seal: Seal) => Effect.Effect<boolean, JournalError>) => {
  // This process changes no record, and no other one may.
  const known = new Set<string>()
  return ({ at, memoryId }, seal) =>
    Effect.gen(function* () {
      if (known.has(memoryId)) return true
      const near = yield* read(source, { ...at, after: Math.max(at.sequence - 2, 0), limit: nearEventsMax })
      const isVouchedFor = hasSeal(near, at.sequence, seal) || (yield* isInSealedSession(source, at, seal))
      if (isVouchedFor) known.add(memoryId)
      return isVouchedFor
    })
}

const hasSeal = (records: ReadonlyArray<EventRecord>, sequence: number, seal: Seal): boolean => {
  let previous = records.find((record) => record.sequence === sequence - 1)?.digest ?? genesisDigest
  for (const record of records.filter((each) => each.sequence >= sequence)) {
    if (digestOf(previous, record) !== record.digest) return false
    if (record.seal !== undefined) return record.seal === seal(headText(record, record))
    previous = record.digest
  }
  return false
}

const isInSealedSession = Effect.fnUntraced(function* (source: Source, at: SharedMemory["at"], seal: Seal) {
  const head = headOf(yield* source.database.exclusive(readHead(source, at)))
  if (head.sequence < at.sequence || head.seal !== seal(headText(at, head))) return false
  return Option.isNone((yield* verify(source, at, at.sequence - 1)).flaw)
})
