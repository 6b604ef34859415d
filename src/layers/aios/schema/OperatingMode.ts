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
 * - `Verify`: the agent has changed much lately; it must check before the next destructive call
 * - `Recover`: an error streak or an unknown outcome; no side effects until something succeeds
 * - `AskHuman`: approvals are outstanding; the agent waits for nothing else
 * - `Sleep`: nothing to do; costs nothing until the agent perceives something new
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
