/**
 * The models of a Life: one to think with, fallbacks, and more that agents ask for by name.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/Models.js"
