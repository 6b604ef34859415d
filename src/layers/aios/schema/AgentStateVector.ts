/**
 * Measurements of an agent: its state vector, its budget and its risk.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

const Unit = Schema.Number.pipe(Schema.between(0, 1))
const Count = Schema.Int.pipe(Schema.nonNegative())

/**
 * Amount of harm that a call or a state can do.
 *
 * @since 0.1.0
 * @category models
 */
export const RiskLevel = Schema.Literal("low", "medium", "high", "critical")

/**
 * @since 0.1.0
 * @category models
 */
export type RiskLevel = typeof RiskLevel.Type

/**
 * Remaining budget of a run. Every field is a real measurement; a run ends when one field reaches zero.
 *
 * @since 0.1.0
 * @category models
 */
export const BudgetState = Schema.Struct({
  tokensRemaining: Count,
  timeRemainingMs: Count,
  costRemainingUsd: Schema.JsonNumber.pipe(Schema.nonNegative()),
  toolCallsRemaining: Count,
  ticksRemaining: Count,
  errorBudgetRemaining: Count
})

/**
 * @since 0.1.0
 * @category models
 */
export type BudgetState = typeof BudgetState.Type

/**
 * The seven gauges that decide the operating mode, rounded to four decimals so that they read well in a journal.
 *
 * - `progress`, `uncertainty`, `contextPressure`, `sideEffectPressure`, `humanDependency`: 0 to 1
 * - `errorStreak`: failures since the last success
 *
 * @since 0.1.0
 * @category models
 */
export const AgentStateVector = Schema.Struct({
  progress: Unit,
  uncertainty: Unit,
  riskLevel: RiskLevel,
  errorStreak: Count,
  contextPressure: Unit,
  sideEffectPressure: Unit,
  humanDependency: Unit
})

/**
 * @since 0.1.0
 * @category models
 */
export type AgentStateVector = typeof AgentStateVector.Type

/**
 * The vector of an agent that has not done anything yet.
 *
 * @since 0.1.0
 * @category constants
 */
export const initialVector: AgentStateVector = {
  progress: 0,
  uncertainty: 0.7,
  riskLevel: "low",
  errorStreak: 0,
  contextPressure: 0,
  sideEffectPressure: 0,
  humanDependency: 0
}

/**
 * Budget of a run that names none: 120 000 tokens, 5 minutes of work, 5 US dollars, 48 tool calls, 200 ticks,
 * 8 errors.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultBudget: BudgetState = {
  tokensRemaining: 120_000,
  timeRemainingMs: 300_000,
  costRemainingUsd: 5,
  toolCallsRemaining: 48,
  ticksRemaining: 200,
  errorBudgetRemaining: 8
}
