/**
 * The built-in model: rules instead of a network.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/ScoutModel.js"
