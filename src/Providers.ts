/**
 * The providers by their names.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/providers.js"
