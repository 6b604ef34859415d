/**
 * Traces and metrics for OpenTelemetry.
 *
 * @since 0.1.0
 */
export { attributes, type MetricDefinition, type MetricKey, metrics, operations, spanNames } from "../../aios/index.js"
export {
  type AttributeValue,
  type Instruments,
  type Meter,
  type MetricAttributes,
  type SpanAttributes,
  type SpanStart,
  type Standing,
  Telemetry
} from "../../aios/index.js"
export { type FinishedSpan } from "./FinishedSpan.js"
export { layer, layerTracer } from "./layer.js"
export { layerLogger, type LogFormat, type LogLine } from "./logger.js"
export { makeMemory, type Memory, type MetricPoint } from "./Memory.js"
export { type Exporter, type Options, TelemetryError } from "./settings.js"
