/**
 * Exports under the name `Simulation`.
 *
 * @since 0.1.0
 */
export * from "./Simulation.js"
export * from "./SimulationResult.js"
export * from "./explore.js"
