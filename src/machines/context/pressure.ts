/**
 * When a conversation is summarised, and how much of it is left: a rule about numbers that all follow from the journal.
 *
 * @since 0.1.0
 */
import { Limits, type OperatingMode } from "../../layers/aios/index.js"

/**
 * What the rule looks at.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pressure {
  /** Of the context window, how much the next request fills. */
  readonly share: number
  readonly mode: OperatingMode
  readonly errorStreak: number
  /** Turns and calls of the model since the conversation was last summarised. */
  readonly turns: number
  readonly calls: number
}

/**
 * What is done about the pressure.
 *
 * - `breathe`: nothing
 * - `dilate`: nothing yet, because the agent is deep in work that needs what it has seen
 * - `compress`: the conversation is summarised
 * - `emergency`: it is summarised with less left of it
 *
 * @since 0.1.0
 * @category models
 */
export type Ruling = "breathe" | "dilate" | "compress" | "emergency"

/**
 * The ruling. Between the soft and the hard threshold, the first rule that holds decides: a streak of errors, or a mode
 * in which the agent only looks around, is the moment to let go of the past; many calls per turn are not; a conversation
 * of many turns with few calls is stale.
 *
 * @since 0.1.0
 * @category combinators
 */
export const rulingOf = ({ calls, errorStreak, mode, share, turns }: Pressure): Ruling => {
  if (share >= Limits.pressureEmergency) return "emergency"
  if (share >= Limits.pressureHard) return "compress"
  if (share < Limits.pressureSoft) return "breathe"
  if (errorStreak >= Limits.compactErrorStreak || mode === "Explore" || mode === "Recover") return "compress"
  if (turns > 0 && calls / turns >= Limits.compactDenseCallsPerTurn) return "dilate"
  return turns >= Limits.compactStaleTurns ? "compress" : "breathe"
}

/**
 * Of the context window, how much is to be filled afterwards.
 *
 * @since 0.1.0
 * @category getters
 */
export const targetOf = (ruling: "compress" | "emergency"): number =>
  ruling === "emergency" ? Limits.compactTargetEmergency : Limits.compactTarget
