/**
 * The homeostasis port: computes the state vector from measurements, and gives the thresholds of the rules that read
 * it.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { AgentStateVector } from "../schema/AgentStateVector.js"
import type { ModeThresholds } from "../schema/ModeThresholds.js"

/**
 * Outcome of one step of an act.
 *
 * - `check`: a call that changed nothing succeeded
 * - `change`: a call that changed something succeeded
 * - `failure`: a call or a model turn failed
 * - `refusal`: policy, mode, budget or a person refused a call
 * - `unknown`: it is not known whether the call took effect
 *
 * @since 0.1.0
 * @category models
 */
export type StepOutcome = "check" | "change" | "failure" | "refusal" | "unknown"

/**
 * Measurement of one act.
 *
 * @since 0.1.0
 * @category models
 */
export interface Measurement {
  /** Outcomes in the order in which the steps ended. */
  readonly outcomes: ReadonlyArray<StepOutcome>
  /** Tokens of the conversation and of the model's context window. */
  readonly contextTokens: number
  readonly contextWindowTokens: number
  readonly pendingApprovals: number
  /** True if the goal check passed. */
  readonly finished: boolean
}

/**
 * Keeps an agent within its bounds. Pure: the same input gives the same output.
 *
 * @since 0.1.0
 * @category services
 */
export class Homeostat extends Context.Tag("life-agent-os/Homeostat")<
  Homeostat,
  {
    /** Puts `progress` at `thresholds.sleepProgress` or above if the goal check passed, and below it otherwise. */
    readonly measure: (vector: AgentStateVector, measurement: Measurement) => AgentStateVector
    /** Numbers that the rules of the agent machine compare the vector with. The machine chooses the mode. */
    readonly thresholds: ModeThresholds
  }
>() {}
