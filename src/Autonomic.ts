/**
 * The default homeostat, with its thresholds.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/autonomic/Autonomic.js"
