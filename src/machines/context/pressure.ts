/**
 * The rule for compaction: the time of a summary, and the part of the conversation that is left. All its numbers follow
 * from the journal.
 *
 * @since 0.1.0
 */
import { Limits, type OperatingMode } from "../../layers/aios/index.js"

/**
 * Input of the rule.
 *
 * @since 0.1.0
 * @category models
 */
export interface Pressure {
  /** Share of the context window that the next request fills. */
  readonly share: number
  readonly mode: OperatingMode
  readonly errorStreak: number
  /** Turns and calls of the model since the conversation was last summarised. */
  readonly turns: number
  readonly calls: number
}

/**
 * Decision about the pressure.
 *
 * - `breathe`: no compaction
 * - `dilate`: no compaction yet, because the agent is in dense work that needs the conversation
 * - `compress`: the conversation is summarised
 * - `emergency`: the conversation is summarised, and a smaller part of it is left
 *
 * @since 0.1.0
 * @category models
 */
export type Ruling = "breathe" | "dilate" | "compress" | "emergency"

/**
 * Gives the ruling. Between the soft and the hard threshold, the first rule that holds decides: after a streak of
 * errors, or in a mode in which the agent only looks around, the conversation is summarised; with many calls per turn
 * it is not; with many turns and few calls it is stale, and is summarised.
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
 * Target share of the context window after the compaction.
 *
 * @since 0.1.0
 * @category getters
 */
export const targetOf = (ruling: "compress" | "emergency"): number =>
  ruling === "emergency" ? Limits.compactTargetEmergency : Limits.compactTarget
