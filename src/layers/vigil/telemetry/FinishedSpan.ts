/**
 * A span that has ended, as it is written down.
 *
 * @since 0.1.0
 */
import type { Attributes, HrTime } from "@opentelemetry/api"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node"

/**
 * A span. Times are RFC 3339 with nanoseconds.
 *
 * @since 0.1.0
 * @category models
 */
export interface FinishedSpan {
  readonly name: string
  readonly kind: "internal" | "server" | "client" | "producer" | "consumer"
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTime: string
  readonly endTime: string
  readonly durationMs: number
  readonly status: "unset" | "ok" | "error"
  readonly message?: string
  readonly attributes: Attributes
  readonly events: ReadonlyArray<{ readonly name: string; readonly time: string; readonly attributes: Attributes }>
  readonly links: ReadonlyArray<{ readonly traceId: string; readonly spanId: string }>
  readonly scope: string
}

// In the order of the numbers that the API gives them.
const kinds = ["internal", "server", "client", "producer", "consumer"] as const
const statuses = ["unset", "ok", "error"] as const

const timeOf = ([seconds, nanos]: HrTime): string =>
  `${new Date(seconds * 1_000).toISOString().slice(0, 19)}.${String(nanos).padStart(9, "0")}Z`

/**
 * Converts a span from the form in which the SDK gives it to an exporter.
 */
export const finishedSpan = (span: ReadableSpan): FinishedSpan => {
  const { spanId, traceId } = span.spanContext()
  const parent = span.parentSpanContext?.spanId
  const { code, message } = span.status
  const [seconds, nanos] = span.duration
  return {
    name: span.name,
    kind: kinds[span.kind] ?? "internal",
    traceId,
    spanId,
    ...(parent === undefined ? {} : { parentSpanId: parent }),
    startTime: timeOf(span.startTime),
    endTime: timeOf(span.endTime),
    durationMs: seconds * 1e3 + nanos / 1e6,
    status: statuses[code] ?? "unset",
    ...(message === undefined || message === "" ? {} : { message }),
    attributes: span.attributes,
    events: span.events.map(({ attributes = {}, name, time }) => ({ name, time: timeOf(time), attributes })),
    links: span.links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    scope: span.instrumentationScope.name
  }
}

/**
 * Writes a span as one line for people.
 */
export const spanLine = (span: FinishedSpan): string => {
  const shown = Object.entries(span.attributes).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  const failure = span.status === "error" ? [`error=${JSON.stringify(span.message ?? "")}`] : []
  const ids = `${span.traceId} ${span.parentSpanId ?? "-"}>${span.spanId}`
  return ["span", ids, span.name, `${span.durationMs.toFixed(3)} ms`, ...failure, ...shown].join("  ")
}
