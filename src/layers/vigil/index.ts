/**
 * Vigil: observability.
 *
 * @since 0.1.0
 */
export * as Inspectors from "./inspector/index.js"
