/**
 * The spans of agents: Effect's spans on those of OpenTelemetry.
 *
 * @effect/opentelemetry has such spans, too, for everything else in a program; these are children and parents of them.
 * They differ in that attributes are there from the start, for samplers to see, that lists stay lists, and that making
 * one costs half: an agent makes twenty in a round.
 *
 * @since 0.1.0
 */
import { OtelTraceFlags } from "@effect/opentelemetry/Tracer"
import {
  type Attributes,
  context,
  type Context as OtelContext,
  type HrTime,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer as OtelTracer
} from "@opentelemetry/api"
import { Cause, Context, Exit, Option, Tracer } from "effect"
import type { Instruments, SpanAttributes, SpanStart } from "../../aios/Telemetry.js"

const kinds = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const

// Told to whoever goes on from such a span.
const contexts = {
  kept: Context.make(OtelTraceFlags, TraceFlags.SAMPLED) as Context.Context<never>,
  dropped: Context.make(OtelTraceFlags, TraceFlags.NONE) as Context.Context<never>
}

const nanosPerSecond = 1_000_000_000n

// One span ends when the next one begins.
let lastNanos = -1n
let lastTime: HrTime = [0, 0]
const timeOf = (nanos: bigint): HrTime => {
  if (nanos !== lastNanos) {
    lastNanos = nanos
    lastTime = [Number(nanos / nanosPerSecond), Number(nanos % nanosPerSecond)]
  }
  return [lastTime[0], lastTime[1]]
}

class AgentSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly spanId: string
  readonly traceId: string
  readonly sampled: boolean
  status: Tracer.SpanStatus
  private inside: OtelContext | undefined

  constructor(
    readonly otel: OtelSpan,
    readonly name: string,
    readonly kind: Tracer.SpanKind,
    readonly parent: Option.Option<Tracer.AnySpan>,
    readonly links: ReadonlyArray<Tracer.SpanLink>,
    startTime: bigint
  ) {
    const { spanId, traceFlags, traceId } = otel.spanContext()
    this.spanId = spanId
    this.traceId = traceId
    this.sampled = (traceFlags & TraceFlags.SAMPLED) !== 0
    this.status = { _tag: "Started", startTime }
  }

  get context(): Context.Context<never> {
    return this.sampled ? contexts.kept : contexts.dropped
  }

  /** What children of this span begin in. */
  get within(): OtelContext {
    return (this.inside ??= trace.setSpan(ROOT_CONTEXT, this.otel))
  }

  get attributes(): ReadonlyMap<string, unknown> {
    const { attributes } = this.otel as { readonly attributes?: Attributes } // spans that are kept have some
    return new Map(Object.entries(attributes ?? {}))
  }

  attribute(name: string, value: unknown): void {
    this.otel.setAttributes(cleaned({ [name]: value }))
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.otel.addLinks(links.map(linkOf))
  }

  event(name: string, startTime: bigint, attributes: Record<string, unknown> = {}): void {
    this.otel.addEvent(name, cleaned(attributes), timeOf(startTime))
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    this.status = { _tag: "Ended", startTime: this.status.startTime, endTime, exit }
    const time = timeOf(endTime)
    if (Exit.isFailure(exit)) this.fail(exit.cause, time)
    this.otel.end(time)
  }

  // What was interrupted has not failed, but is marked, as @effect/opentelemetry does.
  private fail(cause: Cause.Cause<unknown>, time: HrTime): void {
    if (Cause.isInterruptedOnly(cause)) return void this.otel.setAttribute("status.interrupted", true)
    const error = Cause.squash(cause)
    const { message, name } = error instanceof Error ? error : { message: String(error), name: "Error" }
    this.otel.addEvent("exception", { "exception.type": name, "exception.message": message }, time)
    this.otel.setStatus({ code: SpanStatusCode.ERROR, message })
  }
}

const cleaned = (given: { readonly [name: string]: unknown }): Attributes => {
  const kept: Attributes = {}
  for (const name in given) {
    const value = given[name]
    if (typeof value === "string" || typeof value === "boolean") kept[name] = value
    else if (typeof value === "number") {
      if (Number.isFinite(value)) kept[name] = value
    } else if (Array.isArray(value)) kept[name] = value.map(String)
    else if (value !== undefined) kept[name] = String(value)
  }
  return kept
}

const linkOf = ({ span: { sampled, spanId, traceId } }: Tracer.SpanLink) => ({
  context: { traceId, spanId, traceFlags: sampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true }
})

const contextOf = (parent: Tracer.AnySpan): OtelContext => {
  if (parent instanceof AgentSpan) return parent.within
  const { sampled, spanId, traceId } = parent
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: parent._tag === "ExternalSpan" })
}

/**
 * Begins spans on a tracer of OpenTelemetry.
 */
export const spansOn =
  (otel: OtelTracer): Instruments["span"] =>
  ({ attributes, kind, links = [], name, parent, startTime }: SpanStart) => {
    const options = { kind: kinds[kind], startTime: timeOf(startTime), attributes: cleaned(attributes) }
    const span = otel.startSpan(
      name,
      links.length === 0 ? options : { ...options, links: links.map(linkOf) },
      parent === undefined ? ROOT_CONTEXT : contextOf(parent)
    )
    return new AgentSpan(span, name, kind, Option.fromNullable(parent), links, startTime)
  }

/**
 * A tracer of @effect/opentelemetry that takes the spans of agents for what they are: each step of a fiber inside one
 * would else make a context anew.
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
 * Sets attributes of any span. Those of @effect/opentelemetry make texts of lists, so lists go to the span behind.
 */
export const annotate = (span: Tracer.Span, attributes: SpanAttributes): void => {
  const behind = span instanceof AgentSpan ? span.otel : "span" in span ? span.span : undefined
  if (isOtelSpan(behind)) return void behind.setAttributes(cleaned(attributes))
  const kept = cleaned(attributes)
  for (const name in kept) span.attribute(name, kept[name])
}

const isOtelSpan = (value: unknown): value is Pick<OtelSpan, "setAttributes"> =>
  typeof value === "object" && value !== null && "setAttributes" in value && typeof value.setAttributes === "function"

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
