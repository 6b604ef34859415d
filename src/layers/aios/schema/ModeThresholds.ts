/**
 * The numbers behind the rules that choose an agent's mode.
 *
 * @since 0.1.0
 */

/**
 * Numbers that the rules of the agent machine compare gauges and counts with. Gauges run from 0 to 1.
 *
 * - `errorStreakMax`: failures in a row from which on the agent recovers
 * - `sleepProgress`: progress from which on the agent sleeps
 * - `exploreContextPressure`, `exploreUncertainty`, `verifySideEffectPressure`: gauges above which the agent explores
 *   or verifies
 * - `pressureByChange`: side-effect pressure that one change adds
 * - `callsPerTickMax`, `changesPerTickMax`: calls, and among them changes, that one tick carries out
 *
 * @since 0.1.0
 * @category models
 */
export interface ModeThresholds {
  readonly errorStreakMax: number
  readonly sleepProgress: number
  readonly exploreContextPressure: number
  readonly exploreUncertainty: number
  readonly verifySideEffectPressure: number
  readonly pressureByChange: number
  readonly callsPerTickMax: number
  readonly changesPerTickMax: number
}

/**
 * The thresholds of the aiOS kernel contract.
 *
 * @since 0.1.0
 * @category constants
 */
export const defaultModeThresholds: ModeThresholds = {
  errorStreakMax: 3,
  sleepProgress: 0.98,
  exploreContextPressure: 0.8,
  exploreUncertainty: 0.65,
  verifySideEffectPressure: 0.6,
  pressureByChange: 0.2,
  callsPerTickMax: 10,
  changesPerTickMax: 5
}
