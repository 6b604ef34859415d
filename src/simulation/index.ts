/**
 * Deterministic simulation of whole systems of agents.
 *
 * @since 0.1.0
 * @module
 */
export * as Simulation from "./api.js"
export type { Departure } from "./Decisions.js"
export { type Fault, faultNames, Faults } from "./Faults.js"
export type { Execution, History, SessionHistory } from "./History.js"
export { invariants } from "./invariants.js"
export type { Invariant } from "./invariants/Invariant.js"
export { type KernelLimits, SimulationError } from "./Kernel.js"
export type { Network } from "./network/Network.js"
export type { Schedule } from "./schedule.js"
export type { Violation } from "./Watch.js"
export { world, type WorldOptions } from "./World.js"
export { Unheard } from "./world/people.js"
