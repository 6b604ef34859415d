/** Records that the lives of an agent leave behind, and checks that they hold together. */
import { Chunk, Effect, Layer, Option, Stream } from "effect"
import { checkpointText } from "../../src/actors/agent/signedTexts.js"
import { replay } from "../../src/actors/replay.js"
import {
  type EventKind,
  type EventKindOf,
  type EventRecord,
  Identity,
  Journal,
  kindText,
  mainBranch
} from "../../src/layers/aios/index.js"
import { FileIdentity } from "../../src/layers/anima/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { phaseByPhase } from "../support/story.js"
import type { Life } from "./lives.js"
import { sessionId } from "./words.js"

const stream = { sessionId, branchId: mainBranch }

/** Findings of the checks, one sentence each. */
export type Complaints = ReadonlyArray<string>

/** Reads the journal of a data directory and checks everything that can be checked without knowing what was done. */
export const readEvidence = (dataDir: string) =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const identity = yield* Identity
    const records = Chunk.toReadonlyArray(yield* Stream.runCollect(journal.stream(stream)))
    const { difference } = yield* replay(journal, stream)
    const { flaw } = yield* journal.verify(stream)
    const complaints: Complaints = [
      ...(difference === undefined ? [] : [`replay differs at ${difference.sequence}: ${difference.message}`]),
      ...Option.match(flaw, {
        onNone: () => [],
        onSome: ({ message, sequence }) => [`verify finds a flaw at ${sequence}: ${message}`]
      }),
      ...wrongSignatures(records, identity),
      ...wrongCounts(records),
      ...wrongEnds(records)
    ]
    return { records, complaints }
  }).pipe(
    Effect.provide(Layer.merge(SqliteJournal.layer({ dataDir, readonly: true }), FileIdentity.layer({ dataDir })))
  )

const wrongSignatures = (records: ReadonlyArray<EventRecord>, identity: Identity["Type"]): Complaints =>
  ofType(records, "CheckpointCreated").flatMap(({ kind, sequence }) => {
    const { digest, eventSequence, publicKey, signature, stateHash } = kind
    const text = checkpointText({ ...stream, sequence: eventSequence, digest, stateHash })
    const isSound =
      publicKey === identity.publicKey &&
      identity.verify(text, signature, publicKey) &&
      records[eventSequence - 1]?.digest === digest
    return isSound ? [] : [`the checkpoint at ${sequence} is not signed for what stands in the journal`]
  })

const wrongCounts = (records: ReadonlyArray<EventRecord>): Complaints =>
  Object.entries({ SessionCreated: 1, RunStarted: 1, RunFinished: 1, RunErrored: 0 }).flatMap(([type, expected]) => {
    const found = records.filter(({ kind }) => kind.type === type).length
    return found === expected ? [] : [`the journal has ${found} ${type}, not ${expected}`]
  })

const wrongEnds = (records: ReadonlyArray<EventRecord>): Complaints =>
  ofType(records, "RunFinished").flatMap(({ kind: { reason } }) =>
    reason === "completed" ? [] : [`the run ended with ${reason}`]
  )

/** The records of one type. */
export const ofType = <T extends EventKind["type"]>(records: ReadonlyArray<EventRecord>, type: T) =>
  records.flatMap((record) => {
    const { kind } = record
    // The compiler does not narrow a union by a type that is a variable.
    return kind.type !== type ? [] : [{ ...record, kind: kind as EventKindOf<T> }]
  })

/** Events that a life called durable and that are not in the journal as it said. */
export const lostEvents = (lives: ReadonlyArray<Life>, records: ReadonlyArray<EventRecord>): Complaints =>
  lives.flatMap(({ words }, index) =>
    words.flatMap((word) =>
      word.word === "event" && records[word.sequence - 1]?.digest !== word.digest
        ? [`event ${word.sequence} with digest ${word.digest}, said to be durable by life ${index + 1}, was lost`]
        : []
    )
  )

const lifecycle: ReadonlySet<string> = new Set(["SessionResumed", "CheckpointCreated", "CheckpointRestored"])

// Fields that differ between any two runs, and positions in the journal, which move with each resumption.
const volatile: ReadonlySet<string> = new Set([
  "agentId",
  "runId",
  "memoryId",
  "durationMs",
  "timeRemainingMs",
  "provenance",
  // Each data directory has a key of its own.
  "signedBy"
])

/**
 * Events up to the end of the run, one text each, without the marks of dying and resuming, ids, durations and
 * positions.
 */
export const transcriptOf = (records: ReadonlyArray<EventRecord>): ReadonlyArray<string> => {
  const end = records.findIndex(({ kind }) => kind.type === "RunFinished")
  return records
    .slice(0, end + 1)
    .filter(({ kind }) => !lifecycle.has(kind.type))
    .flatMap(({ kind }) => phaseByPhase(kind))
    .map((kind) =>
      JSON.stringify(JSON.parse(kindText(kind)), (key, value: unknown) => (volatile.has(key) ? undefined : value))
    )
}

/** The first place in which two lists of texts differ. */
export const firstDifference = (
  what: string,
  expected: ReadonlyArray<string>,
  actual: ReadonlyArray<string>
): Complaints => {
  const length = Math.max(expected.length, actual.length)
  for (let index = 0; index < length; index++) {
    if (expected[index] !== actual[index]) {
      const [undisturbed, resumed] = [expected, actual].map((list) => list[index] ?? "(nothing)")
      return [`${what} differs at ${index + 1}:\n  undisturbed ${undisturbed}\n  resumed     ${resumed}`]
    }
  }
  return []
}
