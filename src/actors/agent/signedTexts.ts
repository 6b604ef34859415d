/**
 * Texts that the signatures in a journal cover.
 *
 * @since 0.1.0
 */
import {
  canonicalJson,
  type EventKind,
  type EventKindOf,
  type Identity,
  type StreamId
} from "../../layers/aios/index.js"

/**
 * Gives the text that a checkpoint's signature covers.
 *
 * @since 0.1.0
 * @category encoding
 */
export const checkpointText = (checkpoint: {
  readonly sessionId: string
  readonly branchId: string
  readonly sequence: number
  readonly digest: string
  readonly stateHash: string
}): string => canonicalJson(checkpoint)

/**
 * An event that gives or takes rights, and so carries the signature of who answered.
 */
export type RightsEvent = EventKindOf<"SessionCreated" | "SessionConfigured" | "ApprovalGranted" | "ApprovalDenied">

const rights: ReadonlySet<string> = new Set<RightsEvent["type"]>([
  "SessionCreated",
  "SessionConfigured",
  "ApprovalGranted",
  "ApprovalDenied"
])

/**
 * Tells whether an event gives or takes rights.
 */
export const isAboutRights = (kind: { readonly type: string }): kind is RightsEvent => rights.has(kind.type)

/**
 * Gives the text that the signature of an event about rights covers: the event and its place, so that a copy of it
 * elsewhere has no valid signature.
 *
 * @since 0.1.0
 * @category encoding
 */
export const rightsText = ({ branchId, sessionId }: StreamId, sequence: number, kind: RightsEvent): string => {
  const { signedBy: _, ...event } = kind
  return canonicalJson({ sessionId, branchId, sequence, event })
}

/**
 * Signs an event if it is about rights.
 */
export const withSignature = <K extends EventKind | { readonly type: "Raw" }>(
  { publicKey, sign }: Pick<typeof Identity.Service, "publicKey" | "sign">,
  stream: StreamId,
  sequence: number,
  kind: K
): K =>
  isAboutRights(kind) ? { ...kind, signedBy: { publicKey, signature: sign(rightsText(stream, sequence, kind)) } } : kind
