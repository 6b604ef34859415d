/**
 * The verdict on a call that is ready to run: of the policy, of the gates of subsystems, and of the approval it may have.
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
 * A verdict, and the words for a call that it denies.
 */
export interface Verdict {
  readonly decision: PolicyDecision
  readonly ruleId: string
  readonly message: string
  /** The reason that the gate of a subsystem gives, where that decides. */
  readonly reason?: string
  /** It asks, and a person has approved just this. */
  readonly approved: boolean
}

const strictness = { allow: 0, require_approval: 1, deny: 2 } as const

/**
 * The verdict on a call that needs these capabilities. Of the policy and the gates of subsystems the strictest decides; of
 * equal ones the policy.
 */
export const verdictOn = (
  state: Pick<AgentState, "policy" | "grants">,
  call: PendingCall,
  capabilities: ReadonlyArray<Capability>,
  ruled: RuledVerdict | undefined
): Verdict => {
  const { capability, decision, ruleId } = evaluatePolicy(state.policy, capabilities, state.grants)
  const approved = isApproved(state, call, capabilities)
  const other = ruled?.decision === "ask" ? "require_approval" : ruled?.decision
  if (ruled !== undefined && other !== undefined && strictness[other] > strictness[decision]) {
    return { decision: other, ruleId: ruled.ruleId, message: ruled.reason, reason: ruled.reason, approved }
  }
  const message = `The policy does not allow ${capability}. Do without it, or say that it is needed.`
  return { decision, ruleId, message, approved }
}

// A person approves what was asked for. What a call needs may be more by now: a file may stand where there was none.
const isApproved = (
  { grants = [], policy }: Pick<AgentState, "policy" | "grants">,
  { editedBy, request, status }: PendingCall,
  capabilities: ReadonlyArray<Capability>
): boolean => {
  if (request === undefined || (status !== "granted" && status !== "started")) return false
  return (
    editedBy !== undefined ||
    gatedOf(policy, capabilities).every(
      (needed) => request.capabilities.includes(needed) || grants.some((grant) => grantCovers(grant, needed))
    )
  )
}
