/**
 * Whether an agent is at rest, and what it waits for: questions to the folded state.
 *
 * @since 0.1.0
 */
import type { AgentState, PendingCall } from "../layers/aios/index.js"

/**
 * The calls that wait for an approval, the oldest first.
 *
 * @since 0.1.0
 * @category getters
 */
export const approvalsOf = ({ calls }: Pick<AgentState, "calls">): ReadonlyArray<PendingCall> =>
  calls.filter(({ status }) => status === "gated")

/**
 * Whether the agent only waits for people: every call that has no outcome needs an approval, or waits for those that do.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isParked = ({ calls, plan }: AgentState): boolean =>
  calls.some(({ status }) => status === "gated") && (plan === "ask" || calls.every(({ status }) => status === "gated"))

/**
 * Whether there is nothing to do until something new arrives.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isIdle = (state: AgentState): boolean =>
  state.phase === "perceive" && state.unperceived === 0 && (state.run === undefined || isParked(state))
