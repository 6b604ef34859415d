/**
 * Whether and why the open run has to end.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind, RunEnd } from "../../layers/aios/index.js"

/**
 * How a run ends: with a reason, or with an error.
 */
export type Ending = { readonly reason: RunEnd } | { readonly error: string }

/**
 * The end of the open run, if it has come. A function of the state, so that every phase, and the process that resumes
 * after a crash, comes to the same answer.
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
 * The outcomes of the calls that are left when a run ends, so that none stays without one.
 */
export const lastOutcomes = ({ calls }: AgentState): ReadonlyArray<EventKind> =>
  calls.map(({ callId, status }) => ({
    type: "ToolResult",
    callId,
    status: status === "started" ? "unknown" : "cancelled",
    output: {
      error: status === "started" ? "The agent was stopped while this call ran." : "The run ended before this call ran."
    },
    durationMs: 0
  }))

/**
 * Whether the agent only waits for people: every call that has no outcome needs an approval.
 */
export const isParked = (state: AgentState): boolean =>
  state.calls.length > 0 && state.calls.every((call) => call.status === "gated")

/**
 * Whether there is nothing to do until something new arrives.
 */
export const isIdle = (state: AgentState): boolean =>
  state.phase === "perceive" && state.unperceived === 0 && (state.run === undefined || isParked(state))
