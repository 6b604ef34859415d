/**
 * Trust in a stored session: its records are what the holder of the key wrote last.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Option } from "effect"
import {
  type Checkpoint,
  headText,
  type Identity,
  type Ids,
  type Journal,
  JournalError,
  type StreamId
} from "../layers/aios/index.js"
import type { SessionFold } from "../machines/index.js"
import { checkpointText } from "./agent/signedTexts.js"

type JournalService = typeof Journal.Service

/**
 * Gives the checkpoint to load a session from. Fails with `Untrusted` unless the seal of the session's head is of this
 * key, the digests lead from all that the loading reads to that head, and the session has not lost records since its
 * head was anchored. A checkpoint counts only if an event of the session names its hash.
 */
export const trusted = Effect.fnUntraced(function* (
  journal: JournalService,
  { seal }: Pick<typeof Identity.Service, "seal">,
  stream: StreamId,
  fold: SessionFold
) {
  const untrusted = (what: string) =>
    new JournalError({
      reason: "Untrusted",
      message:
        `the session ${stream.sessionId} is not used: ${what}. \`life verify ${stream.sessionId}\` tells more. Put a ` +
        `backup in its place, or, if you trust it as it is, run \`life id adopt ${stream.sessionId}\`.`
    })
  const head = yield* journal.head(stream)
  const lost = yield* anchorFlaw(journal, seal, stream)
  if (lost !== undefined) return yield* untrusted(lost.message)
  if (head.sequence === 0) return Option.none<Checkpoint>()
  if (head.seal !== seal(headText(stream, head))) {
    return yield* untrusted(
      head.seal === undefined
        ? `record ${head.sequence} has no seal, so another program may have written it`
        : `the seal of record ${head.sequence} is not of the key in this data directory`
    )
  }
  const checkpoint = yield* namedCheckpoint(journal, stream)
  const restored = Option.getOrUndefined(Option.flatMapNullable(checkpoint, fold.restore))
  const { checked, flaw } = yield* journal.verify(stream, restored === undefined ? 0 : firstRead(restored) - 1)
  if (Option.isSome(flaw)) return yield* untrusted(flaw.value.message)
  const after = yield* journal.head(stream)
  if (checked === 0 || after.digest !== head.digest) return yield* untrusted("it was written to while it was checked")
  return checkpoint
})

/**
 * The first record that is not as it was anchored; `undefined` if there is none. An anchor that this key did not seal
 * says nothing: another program may have written it.
 */
export const anchorFlaw = Effect.fnUntraced(function* (
  journal: JournalService,
  seal: (text: string) => string,
  stream: StreamId
) {
  const head = yield* journal.head(stream)
  for (const { digest, sequence, ...anchor } of yield* journal.anchors(stream)) {
    if (anchor.seal !== seal(headText(stream, { digest, sequence }))) continue
    if (sequence > head.sequence) {
      const what = `records ${head.sequence + 1} to ${sequence} are missing: the end was cut off, or this is an older copy`
      return { sequence: head.sequence + 1, message: what }
    }
    const [record] = yield* journal.read({ ...stream, after: sequence - 1, limit: 1 })
    if (record?.digest !== digest) return { sequence, message: `record ${sequence} is another than was written` }
  }
  return undefined
})

// The first record that is read when a session is loaded from a checkpoint.
const firstRead = ({ behind, session }: NonNullable<ReturnType<SessionFold["restore"]>>): number => {
  const { sequence, state } = session
  const { run, transcriptFrom } = state
  const missed = behind.map(({ after }) => after + 1)
  return Math.max(1, Math.min(sequence, transcriptFrom, run?.objectiveSequence ?? sequence, ...missed))
}

/**
 * Gives the newest checkpoint whose hash the event right behind it names.
 */
export const namedCheckpoint = (
  journal: JournalService,
  stream: StreamId,
  atMost?: number
): Effect.Effect<Option.Option<Checkpoint>, JournalError> =>
  Effect.gen(function* () {
    const checkpoint = yield* journal.checkpoint(stream, atMost)
    if (Option.isNone(checkpoint)) return checkpoint
    const { sequence, stateHash } = checkpoint.value
    const [record] = yield* journal.read({ ...stream, after: sequence, limit: 1 })
    const isNamed =
      record?.kind.type === "CheckpointCreated" &&
      record.kind.eventSequence === sequence &&
      record.kind.stateHash === stateHash
    if (isNamed) return checkpoint
    yield* Effect.logWarning(
      `the checkpoint of ${stream.sessionId} at ${sequence} is not the one that its session names; going on without it`
    )
    return sequence === 0 ? Option.none() : yield* namedCheckpoint(journal, stream, sequence - 1)
  })

/**
 * Has the key vouch for a session as it stands. Fails if the digests of the session do not fit each other, because then
 * nothing tells the altered records from the others.
 */
export const adopt = Effect.fnUntraced(function* (
  {
    identity,
    ids,
    journal
  }: {
    readonly journal: JournalService
    readonly identity: typeof Identity.Service
    readonly ids: typeof Ids.Service
  },
  stream: StreamId
) {
  const { flaw } = yield* journal.verify(stream)
  const summary = yield* journal.session(stream)
  if (Option.isSome(flaw) || Option.isNone(summary)) {
    const what = Option.match(flaw, { onNone: () => "it is not there", onSome: ({ message }) => message })
    return yield* new JournalError({
      reason: "Untrusted",
      message: `the session ${stream.sessionId} cannot be adopted: ${what}. Put a backup in its place.`
    })
  }
  const { digest, sequence } = yield* journal.head(stream)
  const at = yield* Clock.currentTimeMillis
  yield* journal.append({
    ...stream,
    agentId: summary.value.agentId,
    expectedSequence: sequence,
    anchored: true,
    seal: (head) => identity.seal(headText(stream, head)),
    events: [
      {
        eventId: ids.ulidAt(at),
        at,
        actor: { type: "user" },
        kind: {
          type: "IdentityAdopted",
          eventSequence: sequence,
          digest,
          publicKey: identity.publicKey,
          signature: identity.sign(checkpointText({ ...stream, sequence, digest, stateHash: "" }))
        }
      }
    ]
  })
})
