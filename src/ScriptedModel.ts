/**
 * A model that follows a script: for tests, simulations and benchmarks.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/ScriptedModel.js"
