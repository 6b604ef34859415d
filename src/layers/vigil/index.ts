/**
 * Vigil: observability.
 *
 * @since 0.1.0
 */
export * as Inspectors from "./inspector/index.js"
export * as Telemetry from "./telemetry/index.js"
