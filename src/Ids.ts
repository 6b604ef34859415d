/**
 * The port of identifiers.
 *
 * @since 0.1.0
 * @module
 */
export { Ids } from "./layers/aios/ports/Ids.js"
