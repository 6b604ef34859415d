/**
 * `life verify`: proves that a journal is as it was written.
 *
 * @since 0.1.0
 */
import { Command } from "@effect/cli"
import { Effect, Option, Stream } from "effect"
import { checkpointText } from "../../actors/index.js"
import type { EventKindOf, Journal, StreamId } from "../../layers/aios/index.js"
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
      const dataDir = dataDirOf(options)
      const identity = yield* FileIdentity.existing({ dataDir })
      const publicKey = Option.getOrUndefined(Option.map(identity, (found) => found.publicKey))
      const chain = yield* journal.verify(stream)
      const seals = yield* verifyCheckpoints(journal, stream, publicKey)
      const flaw = [...Option.toArray(chain.flaw), ...seals.flaws].toSorted((a, b) => a.sequence - b.sequence)[0]
      const { checked } = chain
      const { checked: checkpoints, signedBy } = seals
      if (options.json) {
        const found = { checked, checkpoints, publicKey: publicKey ?? null, signedBy, flaw: flaw ?? null }
        yield* output.json(JSON.stringify({ sessionId: options.session, ...found }))
      }
      if (flaw !== undefined) {
        return yield* failure(
          `the journal of ${options.session} is not as it was written: sequence ${flaw.sequence}: ${flaw.message}. ` +
            `The ${count(checked, "record")} before the first broken digest are intact; restore the rest from a backup.`
        )
      }
      if (!options.json) {
        const seal = signedBy.length === 0 ? "" : ` signed by ${signedBy.join(" and ")}`
        yield* output.line(`${count(checked, "record")} intact, ${count(checkpoints, "checkpoint")}${seal}`)
      }
      if (publicKey === undefined) {
        yield* output.note(
          `${dataDir} has no identity.key: digests and signatures fit each other, but the command cannot tell whose key ` +
            "signed them. Compare the key with one you know, or put a backup of identity.key in its place."
        )
      }
    })
  )
).pipe(Command.withDescription("Check the digest of every event and the signature of every checkpoint"))

interface Seals {
  readonly checked: number
  /** The keys that the checkpoints name. */
  readonly signedBy: ReadonlyArray<string>
  readonly flaws: ReadonlyArray<Flaw>
}

const none: Seals = { checked: 0, signedBy: [], flaws: [] }

const verifyCheckpoints = (journal: typeof Journal.Service, stream: StreamId, expected: string | undefined) =>
  journal.stream({ ...stream, types: ["CheckpointCreated"] }).pipe(
    Stream.runFoldEffect(none, ({ checked, flaws, signedBy }, { kind, sequence }) =>
      Effect.gen(function* () {
        if (kind.type !== "CheckpointCreated") return { checked, signedBy, flaws }
        const message = yield* flawOf(journal, stream, kind, expected)
        return {
          checked: checked + 1,
          signedBy: [...new Set([...signedBy, kind.publicKey])],
          flaws: message === undefined ? flaws : [...flaws, { sequence, message }]
        }
      })
    )
  )

const flawOf = Effect.fnUntraced(function* (
  journal: typeof Journal.Service,
  stream: StreamId,
  { digest, eventSequence, publicKey, signature, stateHash }: EventKindOf<"CheckpointCreated">,
  expected: string | undefined
) {
  if (expected !== undefined && publicKey !== expected) {
    return `the checkpoint was signed by ${publicKey}, and the key of this data directory is ${expected}`
  }
  const text = checkpointText({ ...stream, sequence: eventSequence, digest, stateHash })
  if (!FileIdentity.verify(text, signature, publicKey)) return "the signature of the checkpoint does not fit"
  const [sealed] = yield* journal.read({ ...stream, after: eventSequence - 1, through: eventSequence })
  return sealed?.digest === digest
    ? undefined
    : `the checkpoint sealed another record ${eventSequence} than the one there`
})
