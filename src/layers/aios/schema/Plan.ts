/**
 * What an agent is going to do next, and how what it did has ended.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * What Act is going to do, as Decide chose it.
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
 * Why a run ended.
 *
 * - `completed`: the model ended its turn and the goal check passed
 * - `cancelled`: somebody stopped it
 * - `budget_*`: an allowance reached zero
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
