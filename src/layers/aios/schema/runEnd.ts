/**
 * Rule for the end of a run.
 *
 * @since 0.1.0
 */
import type { AgentState } from "./AgentState.js"
import type { RunEnd } from "./Plan.js"

/**
 * The end of a run: with a reason, or with an error.
 *
 * @since 0.1.0
 * @category models
 */
export type Ending = { readonly reason: RunEnd } | { readonly error: string }

/**
 * Gives the end of the open run, or `undefined` while the run goes on. The end depends on the state alone, so every
 * phase, and the process that resumes after a crash, comes to the same answer.
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
