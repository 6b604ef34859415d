/**
 * The homeostasis port: from measurements to the state vector, and from the vector to a mode.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { AgentStateVector } from "../schema/AgentStateVector.js"
import type { OperatingMode } from "../schema/OperatingMode.js"

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
 * What decides the mode besides the vector.
 *
 * @since 0.1.0
 * @category models
 */
export interface Situation {
  readonly vector: AgentStateVector
  readonly pendingApprovals: number
  /** A run is open. */
  readonly running: boolean
}

/**
 * A mode and the reason for it, in words that name the gauge and the threshold.
 *
 * @since 0.1.0
 * @category models
 */
export interface Regulation {
  readonly mode: OperatingMode
  readonly reason: string
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
    readonly measure: (vector: AgentStateVector, measurement: Measurement) => AgentStateVector
    readonly regulate: (situation: Situation) => Regulation
    /** Failures in a row at which the circuit breaker trips. */
    readonly errorStreakMax: number
  }
>() {}
