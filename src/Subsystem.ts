/**
 * Subsystems of your own: parts that plug into the eight phases of a tick.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/aios/subsystem/index.js"
