/**
 * The six modes an agent can be in; the state names of the agent machine.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Every operating mode, in the order the documentation lists them.
 *
 * - `Explore`: uncertain; read-only tools only
 * - `Execute`: normal work
 * - `Verify`: much was changed lately; a check comes before the next destructive call
 * - `Recover`: an error streak or an unknown outcome; no side effects until something succeeds
 * - `AskHuman`: approvals are outstanding; only they are waited for
 * - `Sleep`: nothing to do; costs nothing until something new is perceived
 *
 * @since 0.1.0
 * @category models
 */
export const OperatingMode = Schema.Literal("Explore", "Execute", "Verify", "Recover", "AskHuman", "Sleep")

/**
 * @since 0.1.0
 * @category models
 */
export type OperatingMode = typeof OperatingMode.Type

/**
 * All operating modes as an array.
 *
 * @since 0.1.0
 * @category models
 */
export const operatingModes: ReadonlyArray<OperatingMode> = OperatingMode.literals
