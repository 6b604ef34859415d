/**
 * `life verify`: proves that a journal is as it was written.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect, Option, Stream } from "effect"
import { checkpointText } from "../../actors/LiveAgent.js"
import { type EventKindOf, Identity, isRawKind, type Journal, type StreamId } from "../../layers/aios/index.js"
import { FileIdentity } from "../../layers/anima/index.js"
import { failure } from "../CliError.js"
import { dataDirOf, json, location, session } from "../options.js"
import { Output } from "../Output.js"
import { count } from "../render/text.js"
import { withSession } from "../store.js"

interface Flaw {
  readonly sequence: number
  readonly message: string
}

/** The command. */
export const verify = Command.make("verify", { session, ...location, json }, (options) =>
  withSession(options, options.session, ({ journal, stream }) =>
    Effect.gen(function* () {
      const output = yield* Output
      const { publicKey } = yield* Identity
      const chain = yield* journal.verify(stream)
      const seals = yield* verifyCheckpoints(journal, stream)
      const flaw = [...Option.toArray(chain.flaw), ...seals.flaws].toSorted((a, b) => a.sequence - b.sequence)[0]
      const { checked } = chain
      const checkpoints = seals.checked
      if (options.json) {
        yield* output.line(
          JSON.stringify({ sessionId: options.session, checked, checkpoints, publicKey, flaw: flaw ?? null })
        )
      }
      if (flaw !== undefined) {
        return yield* failure(
          `the journal of ${options.session} is not as it was written: sequence ${flaw.sequence}: ${flaw.message}. ` +
            `The ${count(checked, "record")} before the first broken digest are intact; restore the rest from a backup.`
        )
      }
      if (!options.json) {
        yield* output.line(
          `${count(checked, "record")} intact, ${count(checkpoints, "checkpoint")} signed by ${publicKey}`
        )
      }
    })
  ).pipe(Effect.provide(FileIdentity.layer({ dataDir: dataDirOf(options) })))
).pipe(Command.withDescription("Check the digest of every event and the signature of every checkpoint"))

const verifyCheckpoints = (journal: typeof Journal.Service, stream: StreamId) =>
  journal.stream({ ...stream, types: ["CheckpointCreated"] }).pipe(
    Stream.runFoldEffect({ checked: 0, flaws: [] as ReadonlyArray<Flaw> }, ({ checked, flaws }, { kind, sequence }) =>
      Effect.gen(function* () {
        if (isRawKind(kind) || kind.type !== "CheckpointCreated") return { checked, flaws }
        const message = yield* flawOf(journal, stream, kind)
        return { checked: checked + 1, flaws: message === undefined ? flaws : [...flaws, { sequence, message }] }
      })
    )
  )

const flawOf = Effect.fnUntraced(function* (
  journal: typeof Journal.Service,
  stream: StreamId,
  { digest, eventSequence, publicKey, signature, stateHash }: EventKindOf<"CheckpointCreated">
) {
  const identity = yield* Identity
  if (publicKey !== identity.publicKey) {
    return `the checkpoint was signed by ${publicKey}, and the key of this data directory is ${identity.publicKey}`
  }
  if (
    !identity.verify(checkpointText({ ...stream, sequence: eventSequence, digest, stateHash }), signature, publicKey)
  ) {
    return "the signature of the checkpoint does not fit"
  }
  const [sealed] = yield* journal.read({ ...stream, after: eventSequence - 1, through: eventSequence })
  return sealed?.digest === digest
    ? undefined
    : `the checkpoint sealed another record ${eventSequence} than the one there`
})
