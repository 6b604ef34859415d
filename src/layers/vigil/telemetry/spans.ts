/**
 * Start of the spans of agents: recorded by hand for our own pipeline, or with any other tracer.
 *
 * @since 0.1.0
 */
import { context, ROOT_CONTEXT, type Span as OtelSpan, trace } from "@opentelemetry/api"
import { SamplingDecision } from "@opentelemetry/sdk-trace-node"
import { Context, Option, Tracer } from "effect"
import type { Instruments, SpanAttributes, SpanStart } from "../../aios/index.js"
import { AgentSpan, contextOf, kinds, type Recorder } from "./AgentSpan.js"
import { cleaned } from "./attributes.js"

/**
 * Begins spans that are recorded by hand. A child of such a span is kept when its parent is kept. The sampler decides
 * for a span that begins a trace or whose parent comes from elsewhere.
 */
export const spansOn =
  (recorder: Recorder): Instruments["span"] =>
  (start) => {
    const { parent } = start
    if (parent instanceof AgentSpan) return new AgentSpan(start, recorder, parent.traceId, parent.sampled)
    const traceId = parent?.traceId ?? recorder.ids.generateTraceId()
    return new AgentSpan(start, recorder, traceId, isKept(recorder, start, traceId))
  }

const isKept = ({ sampler }: Recorder, { attributes, kind, name, parent }: SpanStart, traceId: string): boolean => {
  const around = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent))
  const { decision } = sampler.shouldSample(around, traceId, name, kinds[kind], cleaned(attributes), [])
  return decision === SamplingDecision.RECORD_AND_SAMPLED
}

/**
 * Makes a tracer of @effect/opentelemetry use the context that a span of an agent keeps. Otherwise each step of a fiber
 * inside such a span would make a new context.
 */
export const withAgentSpans = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({
    span: (...args) => tracer.span(...args),
    context: (step, fiber) => {
      const span = fiber.currentSpan
      return span instanceof AgentSpan ? context.with(span.within, step) : tracer.context(step, fiber)
    }
  })

/**
 * Begins spans with any tracer of Effect.
 */
export const spansWith =
  (tracer: Tracer.Tracer): Instruments["span"] =>
  ({ attributes, kind, links = [], name, parent, startTime }: SpanStart) => {
    const root = parent === undefined
    const span = tracer.span(name, Option.fromNullable(parent), Context.empty(), links, startTime, kind, { root })
    annotate(span, attributes)
    return span
  }

/**
 * Sets attributes of any span. A span of @effect/opentelemetry makes texts of lists, so its attributes go to the span
 * of OpenTelemetry that it wraps.
 */
export const annotate = (span: Tracer.Span, attributes: SpanAttributes): void => {
  if (span instanceof AgentSpan) return span.annotate(attributes)
  const kept = cleaned(attributes)
  const behind = "span" in span ? span.span : undefined
  if (isOtelSpan(behind)) behind.setAttributes(kept)
  else for (const name in kept) span.attribute(name, kept[name])
}

const isOtelSpan = (value: unknown): value is Pick<OtelSpan, "setAttributes"> =>
  typeof value === "object" && value !== null && "setAttributes" in value && typeof value.setAttributes === "function"
