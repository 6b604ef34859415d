/**
 * The end of a run, and whether an agent is at rest: questions to the folded state.
 *
 * @since 0.1.0
 */
import type { AgentState, PendingCall, RunEnd } from "../layers/aios/index.js"

/**
 * The end of a run: with a reason, or with an error.
 *
 * @since 0.1.0
 * @category models
 */
export type Ending = { readonly reason: RunEnd } | { readonly error: string }

/**
 * The end of the open run, if it has come. A function of the state, so that every phase, and the process that resumes
 * after a crash, comes to the same answer.
 *
 * @since 0.1.0
 * @category getters
 */
export const endingOf = (state: AgentState): Ending | undefined => {
  const { run, budget } = state
  if (run === undefined) return undefined
  if (run.cancelled !== undefined) return { reason: "cancelled" }
  if (run.failed !== undefined) return { error: run.failed }
  if (state.vector.progress === 1) return { reason: "completed" }
  if (run.stopReason === "refusal") return { reason: "refused" }
  if (budget.errorBudgetRemaining === 0) return { reason: "budget_errors" }
  if (budget.tokensRemaining === 0) return { reason: "budget_tokens" }
  if (budget.costRemainingUsd === 0) return { reason: "budget_cost" }
  if (budget.timeRemainingMs === 0) return { reason: "budget_time" }
  if (budget.ticksRemaining === 0) return { reason: "budget_ticks" }
  if (budget.toolCallsRemaining === 0 && state.calls.length > 0) return { reason: "budget_tool_calls" }
  return undefined
}

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
