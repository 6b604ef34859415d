/**
 * Proof that a session is what the holder of a key wrote.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import { type EventRecord, headText, type Identity, type Journal, type StreamId } from "../layers/aios/index.js"
import { checkpointText, isAboutRights, rightsText } from "./agent/signedTexts.js"
import { anchorFlaw } from "./trust.js"

/**
 * Result of the checks of a session.
 *
 * - `checked`: number of records whose digests fit each other
 * - `checkpoints`: number of signed checkpoints
 * - `provenThrough`: sequence up to which the key vouches for the records; 0 if it vouches for none
 * - `signedBy`: public keys of the signatures
 * - `flaw`: the first record that is not as it was written
 *
 * @since 0.1.0
 * @category models
 */
export interface Proof {
  readonly checked: number
  readonly checkpoints: number
  readonly provenThrough: number
  readonly signedBy: ReadonlyArray<string>
  readonly flaw: { readonly sequence: number; readonly message: string } | undefined
}

type Service = typeof Identity.Service

/**
 * Checks digests, seals, signatures and the anchor of a session. Without an identity, seals cannot be checked, and any
 * key may have signed.
 *
 * @since 0.1.0
 * @category proofs
 */
export const prove = Effect.fnUntraced(function* (
  journal: typeof Journal.Service,
  verify: Service["verify"],
  stream: StreamId,
  identity: Service | undefined
) {
  const chain = yield* journal.verify(stream)
  // Without the key, the anchor may be as false as the journal.
  const anchored = identity && (yield* anchorFlaw(journal, identity.seal, stream))
  const found = yield* Stream.runFold(journal.stream(stream), start, (before, record) =>
    look(before, record, stream, verify, identity)
  )
  const { adopted, checkpoints, foreign, provenThrough, signedBy } = found
  // A later adoption vouches for what another key has signed.
  const flaws = [
    ...Option.toArray(chain.flaw),
    ...(anchored === undefined ? [] : [anchored]),
    ...found.flaws,
    ...foreign
  ].filter((flaw) => !foreign.includes(flaw) || flaw.sequence > adopted)
  const flaw = flaws.toSorted((a, b) => a.sequence - b.sequence)[0]
  return { checked: chain.checked, checkpoints, provenThrough, signedBy: [...signedBy], flaw } satisfies Proof
})

type Flaw = NonNullable<Proof["flaw"]>

interface Found {
  readonly checkpoints: number
  readonly provenThrough: number
  readonly signedBy: ReadonlySet<string>
  readonly flaws: ReadonlyArray<Flaw>
  /** Signatures of other keys. */
  readonly foreign: ReadonlyArray<Flaw>
  /** Sequence of the last adoption. */
  readonly adopted: number
  readonly previous: EventRecord | undefined
}

const start: Found = {
  checkpoints: 0,
  provenThrough: 0,
  signedBy: new Set(),
  flaws: [],
  foreign: [],
  adopted: 0,
  previous: undefined
}

interface Signed {
  readonly publicKey: string
  readonly signature: string
  readonly text: string
}

// The signature of an event, if it has one. A checkpoint and an adoption also cover every record before.
const signedOf = ({ kind, sequence }: EventRecord, stream: StreamId): Signed | undefined => {
  if (kind.type === "CheckpointCreated" || kind.type === "IdentityAdopted") {
    const { digest, eventSequence, publicKey, signature } = kind
    const stateHash = kind.type === "CheckpointCreated" ? kind.stateHash : ""
    return { publicKey, signature, text: checkpointText({ ...stream, sequence: eventSequence, digest, stateHash }) }
  }
  if (!isAboutRights(kind) || kind.signedBy === undefined) return undefined
  return { ...kind.signedBy, text: rightsText(stream, sequence, kind) }
}

const look = (
  found: Found,
  record: EventRecord,
  stream: StreamId,
  verify: Service["verify"],
  identity: Service | undefined
): Found => {
  const { kind, seal, sequence } = record
  const isSealed = seal !== undefined && seal === identity?.seal(headText(stream, record))
  const at: Found = { ...found, previous: record, ...(isSealed && { provenThrough: sequence }) }
  const flawed = (message: string): Found => ({ ...at, flaws: [...at.flaws, { sequence, message }] })
  const signed = signedOf(record, stream)
  if (signed === undefined) {
    // Journals of earlier versions have no such signatures and no seals.
    const isNew = isAboutRights(kind) && (seal !== undefined || found.previous?.seal !== undefined)
    return isNew ? flawed(`${kind.type} carries no signature of who answered`) : at
  }
  const { publicKey, signature, text } = signed
  if (!verify(text, signature, publicKey)) return flawed(`the signature of ${kind.type} does not fit`)
  const known: Found = { ...at, signedBy: new Set([...at.signedBy, publicKey]) }
  const isOwn = identity === undefined || identity.publicKey === publicKey
  const other = {
    sequence,
    message: `${kind.type} was signed by ${publicKey}, and the key of this data directory is ${identity?.publicKey}`
  }
  const mine: Found = isOwn ? known : { ...known, foreign: [...known.foreign, other] }
  if (kind.type !== "CheckpointCreated" && kind.type !== "IdentityAdopted") return mine
  if (found.previous?.sequence !== kind.eventSequence || found.previous.digest !== kind.digest) {
    return flawed(`${kind.type} sealed another record ${kind.eventSequence} than the one there`)
  }
  return {
    ...mine,
    checkpoints: mine.checkpoints + (kind.type === "CheckpointCreated" ? 1 : 0),
    // With the key, only seals count: each append has one.
    ...(identity === undefined && { provenThrough: sequence }),
    ...(isOwn && kind.type === "IdentityAdopted" && { adopted: sequence })
  }
}
