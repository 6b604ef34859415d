/**
 * The eight phases of a tick; the event names of the agent machine.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The phases in the order a tick passes through them.
 *
 * @since 0.1.0
 * @category models
 */
export const TickPhase = Schema.Literal("perceive", "orient", "decide", "act", "observe", "learn", "regulate", "report")

/**
 * @since 0.1.0
 * @category models
 */
export type TickPhase = typeof TickPhase.Type

/**
 * All phases as an array, in tick order.
 *
 * @since 0.1.0
 * @category models
 */
export const tickPhases: ReadonlyArray<TickPhase> = TickPhase.literals

/**
 * The phase that follows `phase`; `perceive` follows `report`.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * ```ts
 * import { Agent } from "life-agent-os"
 *
 * Agent.nextPhase("report") // "perceive"
 * ```
 */
export const nextPhase = (phase: TickPhase): TickPhase =>
  tickPhases[(tickPhases.indexOf(phase) + 1) % tickPhases.length] ?? "perceive"
