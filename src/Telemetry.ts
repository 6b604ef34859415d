/**
 * Traces, metrics and logs for OpenTelemetry.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/vigil/telemetry/index.js"
