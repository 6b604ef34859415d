/**
 * The limits of the runtime, with their units in their names.
 *
 * @since 0.1.0
 * @module
 */
export { Limits } from "./layers/aios/schema/Limits.js"
