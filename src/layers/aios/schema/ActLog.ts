/**
 * The act of one tick.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ToolStatus } from "./Tool.js"

/**
 * Log of the act of the current tick, kept until Observe has counted it.
 *
 * @since 0.1.0
 * @category models
 */
export const ActLog = Schema.Struct({
  /** Milliseconds since the epoch, by the timestamps of the journal. */
  startedAt: Schema.Int,
  endedAt: Schema.Int,
  results: Schema.Array(
    Schema.Struct({
      toolName: Schema.String,
      status: ToolStatus,
      /** Absent for a call that did not run. */
      effect: Schema.optional(Schema.Literal("reads", "changes"))
    })
  ),
  /** Number of denied results that the mode denied. */
  objections: Schema.Int,
  tokens: Schema.Int,
  costUsd: Schema.Number,
  /** Ticks and tool calls that sub-agents and interrupted calls used; absent while there are none. */
  ticks: Schema.optional(Schema.Int),
  toolCalls: Schema.optional(Schema.Int),
  modelFailures: Schema.Int,
  thought: Schema.Boolean
})

/**
 * @since 0.1.0
 * @category models
 */
export type ActLog = typeof ActLog.Type

/**
 * Tells whether a call of an act counts against the budget.
 *
 * @since 0.1.0
 * @category predicates
 */
export const countsAgainstBudget = ({ status }: ActLog["results"][number]): boolean =>
  status !== "denied" && status !== "cancelled"

/**
 * An act in which nothing has happened yet.
 *
 * @since 0.1.0
 * @category constants
 */
export const emptyAct: ActLog = {
  startedAt: 0,
  endedAt: 0,
  results: [],
  objections: 0,
  tokens: 0,
  costUsd: 0,
  modelFailures: 0,
  thought: false
}
