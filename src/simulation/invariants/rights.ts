/**
 * Invariants of rights: they come from signed events, and a sub-agent has a part of its parent's.
 *
 * @since 0.1.0
 */
import { isAboutRights, rightsText } from "../../actors/index.js"
import { capabilityCovers, mainBranch } from "../../layers/aios/index.js"
import { FileIdentity } from "../../layers/anima/index.js"
import type { Invariant } from "./Invariant.js"

/**
 * A recorded journal may be of a version that signed no rights, so this invariant does not judge it.
 */
export const rightsAreSigned: Invariant = {
  name: "an agent never has more rights than the signed journal gives",
  onRecord: ({ kind, sequence, sessionId }) => {
    if (!isAboutRights(kind)) return undefined
    const { signedBy } = kind
    if (signedBy === undefined) return `${kind.type} has no signature`
    const text = rightsText({ sessionId, branchId: mainBranch }, sequence, kind)
    return FileIdentity.verify(text, signedBy.signature, signedBy.publicKey)
      ? undefined
      : `the signature of ${kind.type} does not fit`
  }
}

const childRightsAreWithin: Invariant = {
  name: "the rights of a sub-agent are within its parent's",
  onRecord: ({ kind, sessionId }, _, history) => {
    // A person may spawn a child with any rights; a model may not.
    if (kind.type !== "SessionCreated" || kind.parentId === undefined || !sessionId.startsWith("sub-")) return undefined
    const parent = history.session(kind.parentId)?.state.policy
    if (parent === undefined) return `its parent ${kind.parentId} is not in the history`
    const { allow, gate, unattended } = kind.policy
    const wider = allow.find((entry) => !parent.allow.some((own) => capabilityCovers(own, entry)))
    if (wider !== undefined) return `it may ${wider}, and its parent may not`
    const missing = parent.gate.find((entry) => !gate.includes(entry))
    if (missing !== undefined) return `its parent asks about ${missing}, and it does not`
    return unattended === true ? undefined : "it may ask a person"
  }
}

/**
 * The invariants of rights.
 */
export const rightsInvariants: ReadonlyArray<Invariant> = [rightsAreSigned, childRightsAreWithin]
