/**
 * Observe: updates the state vector and the budget from measurements of the act.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import {
  type ActLog,
  type AgentState,
  AgentStateVector,
  askedModel,
  type BudgetState,
  countsAgainstBudget,
  type EventKind,
  type Measurement,
  RiskLevel,
  type StepOutcome
} from "../../layers/aios/index.js"
import type { Metered } from "../sockets/Sockets.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const observe = (mind: Mind, ports: TickPorts, { costUsd, events }: Metered): Outcome<"Observe"> => {
  const { event, kinds } = measured(mind, ports, costUsd)
  return { kinds: [...events, ...kinds], event }
}

// `costUsd` is the cost that meters found, beside the cost of turns and calls.
const measured = ({ state }: Mind, ports: TickPorts, costUsd: number): Outcome<"Observe"> => {
  const nudge = nudgeOf(state)
  // A call that the mode denied does not count: if a denial made the agent more uncertain, the agent could not leave
  // Explore by following the advice in the denial.
  let objections = state.act.objections
  const outcomes = state.act.results.flatMap(({ effect, status }): Array<StepOutcome> => {
    if (status === "denied" && objections-- > 0) return []
    if (status === "ok") return [effect === "reads" ? "check" : "change"]
    if (status === "unknown") return ["unknown"]
    // A cancelled call is not a failure of the agent.
    if (status === "cancelled") return []
    return [status === "denied" ? "refusal" : "failure"]
  })
  for (let i = 0; i < state.act.modelFailures; i++) outcomes.push("failure")
  if (nudge !== undefined) outcomes.push("failure")
  const vector = measure(ports.homeostat, state.vector, {
    outcomes,
    contextTokens: state.transcriptTokens,
    contextWindowTokens: askedModel(ports.model, state.model).contextWindowTokens,
    pendingApprovals: state.calls.filter((call) => call.status === "gated").length,
    finished: goalReached(state)
  })
  const budget = state.run === undefined ? state.budget : spend(state.budget, state.act, outcomes, costUsd)
  return {
    kinds: [
      { type: "StateEstimated", vector, budget, ...(costUsd > 0 ? { costUsd } : {}) },
      ...(nudge === undefined ? [] : [{ type: "UserMessage", content: nudge } satisfies EventKind])
    ],
    event: { type: "Observe", unverified: state.unverified?.length ?? 0 }
  }
}

// Checks the vector of the homeostat, because the journal must be able to hold it. The error names the homeostat, so
// that its author finds the cause.
const measure = (
  homeostat: TickPorts["homeostat"],
  vector: AgentStateVector,
  measurement: Measurement
): AgentStateVector => {
  try {
    const measured = homeostat.measure(vector, measurement)
    return isVector(measured) ? measured : decodeVector(measured)
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`the Homeostat gave no vector that can be used: ${said}`, { cause })
  }
}

// A fast check for the usual case; decoding with the schema takes many times as long.
const isVector = (vector: AgentStateVector): boolean =>
  [
    vector.progress,
    vector.uncertainty,
    vector.contextPressure,
    vector.sideEffectPressure,
    vector.humanDependency
  ].every((gauge) => typeof gauge === "number" && gauge >= 0 && gauge <= 1) &&
  Number.isSafeInteger(vector.errorStreak) &&
  vector.errorStreak >= 0 &&
  RiskLevel.literals.includes(vector.riskLevel)

const decodeVector: (vector: unknown) => AgentStateVector = Schema.decodeUnknownSync(AgentStateVector)

/**
 * The goal check: the model ended its turn by itself, asked for no call, and gave an answer.
 */
const goalReached = ({ act, calls, run }: AgentState): boolean =>
  act.thought && calls.length === 0 && run?.stopReason === "end_turn" && run.answer?.trim() !== ""

// A turn that neither calls a tool nor gives an answer would be repeated for ever, so the model is told what is
// missing.
const nudgeOf = (state: AgentState): string | undefined => {
  const { act, calls, run } = state
  if (!act.thought || calls.length > 0 || run === undefined || run.stopReason === "refusal") return undefined
  if (run.stopReason === "max_tokens") return "Your answer was cut off at the output limit. Go on where it stopped."
  return goalReached(state)
    ? undefined
    : "Your turn had neither an answer nor a tool call. Call a tool, or answer whether the objective is met."
}

const spend = (
  budget: BudgetState,
  act: ActLog,
  outcomes: ReadonlyArray<StepOutcome>,
  costUsd: number
): BudgetState => ({
  tokensRemaining: left(budget.tokensRemaining, act.tokens),
  timeRemainingMs: left(budget.timeRemainingMs, act.endedAt - act.startedAt),
  // Millionths of a dollar, so that sums of prices stay readable.
  costRemainingUsd: Math.round(left(budget.costRemainingUsd, act.costUsd + costUsd) * 1e6) / 1e6,
  toolCallsRemaining: left(
    budget.toolCallsRemaining,
    act.results.filter(countsAgainstBudget).length + (act.toolCalls ?? 0)
  ),
  ticksRemaining: left(budget.ticksRemaining, 1 + (act.ticks ?? 0)),
  errorBudgetRemaining: left(
    budget.errorBudgetRemaining,
    act.objections + outcomes.filter((outcome) => outcome !== "check" && outcome !== "change").length
  )
})

// A negative use, as a model or tool may report, must not raise a budget.
const left = (before: number, used: number): number => Math.max(before - Math.max(used, 0), 0)
