/**
 * Vigil: observability.
 *
 * @since 0.1.0
 */
export * as Telemetry from "./telemetry/index.js"
