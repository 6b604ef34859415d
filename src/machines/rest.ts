/**
 * Predicates of a folded state: is the agent at rest, and which approvals does it wait for.
 *
 * @since 0.1.0
 */
import type { AgentState, PendingCall, WaitingCall } from "../layers/aios/index.js"

/**
 * The calls that wait for an approval, the oldest first.
 *
 * @since 0.1.0
 * @category getters
 */
export const approvalsOf = ({ calls }: Pick<AgentState, "calls">): ReadonlyArray<WaitingCall> => calls.filter(isWaiting)

const isWaiting = (call: PendingCall): call is WaitingCall =>
  call.status === "gated" && call.approvalId !== undefined && call.request !== undefined

/**
 * Tells if the agent only waits for people: every call without an outcome needs an approval, or waits for calls that
 * need one.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isParked = ({ calls, plan }: AgentState): boolean =>
  calls.some(({ status }) => status === "gated") && (plan === "ask" || calls.every(({ status }) => status === "gated"))

/**
 * Tells if the agent has nothing to do until news arrives.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isIdle = (state: AgentState): boolean =>
  state.phase === "perceive" && state.unperceived === 0 && (state.run === undefined || isParked(state))
