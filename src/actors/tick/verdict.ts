/**
 * The verdict on a prepared call, from the policy, the gates of subsystems and the approvals.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  type Capability,
  evaluatePolicy,
  gatedOf,
  grantCovers,
  type PendingCall,
  type PolicyDecision
} from "../../layers/aios/index.js"
import type { RuledVerdict } from "../sockets/Sockets.js"

/**
 * A verdict, and the message to the model if the verdict denies the call.
 */
export interface Verdict {
  readonly decision: PolicyDecision
  readonly ruleId: string
  readonly message: string
  /** The reason of a subsystem's gate, if the gate decides. */
  readonly reason?: string | undefined
  /** The gate of a subsystem that asks. */
  readonly askedBy: string | undefined
  /** True if a person has approved the call with the capabilities that it needs now. */
  readonly approved: boolean
}

const strictness = { allow: 0, require_approval: 1, deny: 2 } as const

/**
 * Gives the verdict on a call that needs these capabilities. The stricter of the policy and the gates of subsystems
 * decides; if they are equal, the policy decides.
 */
export const verdictOn = (
  state: Pick<AgentState, "policy" | "grants">,
  call: PendingCall,
  capabilities: ReadonlyArray<Capability>,
  ruled: RuledVerdict | undefined
): Verdict => {
  const { capability, decision, ruleId } = evaluatePolicy(state.policy, capabilities, state.grants)
  const askedBy = ruled?.decision === "ask" ? ruled.ruleId : undefined
  const approved = isApproved(state, call, capabilities, askedBy)
  const other = ruled?.decision === "ask" ? "require_approval" : ruled?.decision
  if (ruled !== undefined && other !== undefined && strictness[other] > strictness[decision]) {
    return { decision: other, ruleId: ruled.ruleId, message: ruled.reason, reason: ruled.reason, approved, askedBy }
  }
  const message = `The policy does not allow ${capability}. Go on without it, or say that you need it.`
  // A person who is asked by the policy must see that a subsystem asks, too.
  return { decision, ruleId, message, approved, askedBy, reason: askedBy === undefined ? undefined : ruled?.reason }
}

// A person approved the capabilities of the request. The call may need more by now: a file may exist where there was
// none.
const isApproved = (
  { grants = [], policy }: Pick<AgentState, "policy" | "grants">,
  { request, status }: PendingCall,
  capabilities: ReadonlyArray<Capability>,
  askedBy: string | undefined
): boolean => {
  if (request !== undefined && askedBy !== undefined && request.askedBy !== askedBy) return false
  if (request === undefined || (status !== "granted" && status !== "started")) return false
  return gatedOf(policy, capabilities).every(
    (needed) => request.capabilities.includes(needed) || grants.some((grant) => grantCovers(grant, needed))
  )
}
