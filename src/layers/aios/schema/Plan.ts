/**
 * Plan of an agent for its next act, and the reasons why a run ends.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Plan for Act, as Decide chose it.
 *
 * @since 0.1.0
 * @category models
 */
export const Plan = Schema.Literal("think", "tools", "ask", "rest")

/**
 * @since 0.1.0
 * @category models
 */
export type Plan = typeof Plan.Type

/**
 * Reason why a run ended.
 *
 * - `completed`: the model ended its turn and the goal check passed
 * - `cancelled`: a caller stopped the run
 * - `budget_*`: a part of the budget reached zero
 *
 * @since 0.1.0
 * @category models
 */
export const RunEnd = Schema.Literal(
  "completed",
  "cancelled",
  "refused",
  "budget_tokens",
  "budget_time",
  "budget_cost",
  "budget_tool_calls",
  "budget_ticks",
  "budget_errors"
)

/**
 * @since 0.1.0
 * @category models
 */
export type RunEnd = typeof RunEnd.Type
