/**
 * The result of a simulation.
 *
 * @since 0.1.0
 */
import type { Exit } from "effect"
import type { JournalError, SpawnError, Subsystem } from "../layers/aios/index.js"
import type { Autonomic } from "../layers/autonomic/index.js"
import type { Departure } from "./Decisions.js"
import type { Fault } from "./Faults.js"
import type { History } from "./History.js"
import type { SimulationError } from "./Kernel.js"
import type { Violation } from "./Watch.js"

/**
 * Result of a simulation.
 *
 * @since 0.1.0
 * @category models
 */
export interface SimulationResult<A, E> {
  readonly seed: number
  /** Exit of the program; absent when the simulation could not go on, and `error` says why. */
  readonly exit:
    | Exit.Exit<A, E | JournalError | SpawnError | Autonomic.ThresholdsError | Subsystem.SubsystemError>
    | undefined
  readonly error: SimulationError | undefined
  /** Digest over all durable records; the same seed gives the same digest, in any process. */
  readonly digest: string
  readonly events: number
  readonly virtualMs: number
  readonly tasks: number
  readonly crashes: number
  /** Each enabled fault with the number of times it struck. */
  readonly faults: { readonly [fault in Fault]?: number }
  /** Faults that were enabled and never struck, whether or not there was an opportunity. */
  readonly unfired: ReadonlyArray<Fault>
  readonly violations: ReadonlyArray<Violation>
  /** Every choice that was not the default one. */
  readonly departures: ReadonlyArray<Departure>
  /**
   * Departures of `replay` that no choice of this run has asked for. If there are any, the program or its options have
   * changed since the departures were recorded.
   */
  readonly unused: ReadonlyArray<Departure>
  readonly history: History
}
