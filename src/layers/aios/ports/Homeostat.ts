/**
 * The homeostasis port: from measurements to the state vector, and the thresholds of the rules that read it.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { AgentStateVector } from "../schema/AgentStateVector.js"
import type { ModeThresholds } from "../schema/ModeThresholds.js"

/**
 * How one step of an act went.
 *
 * - `check`: a call that changed nothing succeeded
 * - `change`: a call that changed something succeeded
 * - `failure`: a call or a model turn failed
 * - `refusal`: policy, mode, budget or a person refused a call
 * - `unknown`: nobody knows whether the call took effect
 *
 * @since 0.1.0
 * @category models
 */
export type StepOutcome = "check" | "change" | "failure" | "refusal" | "unknown"

/**
 * What one act did, measured.
 *
 * @since 0.1.0
 * @category models
 */
export interface Measurement {
  /** In the order in which the steps ended. */
  readonly outcomes: ReadonlyArray<StepOutcome>
  /** Tokens of the conversation and of the model's context window. */
  readonly contextTokens: number
  readonly contextWindowTokens: number
  readonly pendingApprovals: number
  /** The goal check passed. */
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
    /** Puts `progress` at `thresholds.sleepProgress` or above when the act was finished, and below it otherwise. */
    readonly measure: (vector: AgentStateVector, measurement: Measurement) => AgentStateVector
    /** What the rules of the agent machine compare the vector with. The machine chooses the mode. */
    readonly thresholds: ModeThresholds
  }
>() {}
