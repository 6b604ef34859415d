/**
 * A span of an agent, recorded by hand: an agent makes twenty spans in a round, and spans of the SDK cost several times
 * as much.
 *
 * Effect sees a span like any other. When the span ends, the SDK's processor gets it in the form of the SDK's own
 * spans, so exporters see no difference.
 *
 * @since 0.1.0
 */
import { OtelTraceFlags } from "@effect/opentelemetry/Tracer"
import {
  type Attributes,
  type Context as OtelContext,
  type HrTime,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanKind,
  type SpanStatus,
  SpanStatusCode,
  trace,
  TraceFlags
} from "@opentelemetry/api"
import type { Resource } from "@opentelemetry/resources"
import type { IdGenerator, ReadableSpan, Sampler, SpanProcessor } from "@opentelemetry/sdk-trace-node"
import { Cause, Context, Exit, Option, type Tracer } from "effect"
import type { SpanStart } from "../../aios/index.js"
import { cleaned } from "./attributes.js"

/**
 * Parts of the SDK that spans are recorded with.
 */
export interface Recorder {
  readonly ids: IdGenerator
  readonly sampler: Sampler
  readonly processor: SpanProcessor
  readonly resource: Resource
  readonly instrumentationScope: ReadableSpan["instrumentationScope"]
}

export const kinds: Record<SpanStart["kind"], SpanKind> = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT }

// Tells the tracer that begins a child whether the parent is kept.
const contexts = {
  kept: Context.make(OtelTraceFlags, TraceFlags.SAMPLED) as Context.Context<never>,
  dropped: Context.make(OtelTraceFlags, TraceFlags.NONE) as Context.Context<never>
}

const nanosPerSecond = 1_000_000_000n

const timeOf = (nanos: bigint): HrTime => [Number(nanos / nanosPerSecond), Number(nanos % nanosPerSecond)]

export const flagsOf = (sampled: boolean): TraceFlags => (sampled ? TraceFlags.SAMPLED : TraceFlags.NONE)

const linkOf = ({ span: { sampled, spanId, traceId } }: Tracer.SpanLink): Link => ({
  context: { traceId, spanId, traceFlags: flagsOf(sampled), isRemote: true }
})

export class AgentSpan implements Tracer.Span {
  readonly _tag = "Span"
  readonly name: string
  readonly kind: SpanStart["kind"]
  readonly parent: Option.Option<Tracer.AnySpan>
  readonly links: Array<Tracer.SpanLink>
  readonly spanId: string
  status: Tracer.SpanStatus
  private readonly own: Attributes
  private events: ReadableSpan["events"] = []
  private outcome: SpanStatus = { code: SpanStatusCode.UNSET }
  private inside: OtelContext | undefined

  constructor(
    { attributes, kind, links = [], name, parent, startTime }: SpanStart,
    private readonly recorder: Recorder,
    readonly traceId: string,
    readonly sampled: boolean
  ) {
    this.name = name
    this.kind = kind
    this.parent = Option.fromNullable(parent)
    this.links = [...links]
    this.spanId = recorder.ids.generateSpanId()
    this.status = { _tag: "Started", startTime }
    this.own = cleaned(attributes)
  }

  get context(): Context.Context<never> {
    return this.sampled ? contexts.kept : contexts.dropped
  }

  get spanContext(): SpanContext {
    return { traceId: this.traceId, spanId: this.spanId, traceFlags: flagsOf(this.sampled) }
  }

  /** Context of OpenTelemetry inside this span, for code that uses OpenTelemetry by itself. */
  get within(): OtelContext {
    return (this.inside ??= trace.setSpanContext(ROOT_CONTEXT, this.spanContext))
  }

  get attributes(): ReadonlyMap<string, unknown> {
    return new Map(Object.entries(this.own))
  }

  attribute(name: string, value: unknown): void {
    this.annotate({ [name]: value })
  }

  /** Sets attributes; leaves out values that are `undefined` or not finite. */
  annotate(attributes: { readonly [name: string]: unknown }): void {
    if (this.status._tag === "Started") Object.assign(this.own, cleaned(attributes))
  }

  addLinks(links: ReadonlyArray<Tracer.SpanLink>): void {
    this.links.push(...links)
  }

  event(name: string, startTime: bigint, attributes: Record<string, unknown> = {}): void {
    this.events.push({ name, time: timeOf(startTime), attributes: cleaned(attributes) })
  }

  end(endTime: bigint, exit: Exit.Exit<unknown, unknown>): void {
    const { startTime } = this.status
    if (this.status._tag === "Ended") return
    if (Exit.isFailure(exit)) this.fail(exit.cause, endTime)
    this.status = { _tag: "Ended", startTime, endTime, exit }
    if (!this.sampled) return
    const { events, outcome, own, recorder } = this
    recorder.processor.onEnd(new EndedSpan(this, recorder, startTime, endTime, own, events, outcome))
  }

  // An interrupted span has not failed, but is marked, as @effect/opentelemetry does.
  private fail(cause: Cause.Cause<unknown>, endTime: bigint): void {
    if (Cause.isInterruptedOnly(cause)) return this.annotate({ "status.interrupted": true })
    const error = Cause.squash(cause)
    const { message, name } = error instanceof Error ? error : { message: String(error), name: "Error" }
    this.event("exception", endTime, { "exception.type": name, "exception.message": message })
    this.outcome = { code: SpanStatusCode.ERROR, message }
  }
}

// Only an exporter reads the times in the form of the SDK. They are made on demand, because they cost as much as the
// rest of the span.
class EndedSpan implements ReadableSpan {
  readonly ended = true
  readonly droppedAttributesCount = 0
  readonly droppedEventsCount = 0
  readonly droppedLinksCount = 0
  readonly parentSpanContext?: SpanContext

  constructor(
    private readonly span: AgentSpan,
    private readonly recorder: Recorder,
    private readonly start: bigint,
    private readonly end: bigint,
    readonly attributes: Attributes,
    readonly events: ReadableSpan["events"],
    readonly status: SpanStatus
  ) {
    if (Option.isSome(span.parent)) this.parentSpanContext = contextOf(span.parent.value)
  }

  get name(): string {
    return this.span.name
  }

  get kind(): SpanKind {
    return kinds[this.span.kind]
  }

  spanContext(): SpanContext {
    return this.span.spanContext
  }

  get startTime(): HrTime {
    return timeOf(this.start)
  }

  get endTime(): HrTime {
    return timeOf(this.end)
  }

  get duration(): HrTime {
    return timeOf(this.end > this.start ? this.end - this.start : 0n)
  }

  get links(): Array<Link> {
    return this.span.links.map(linkOf)
  }

  get resource(): Resource {
    return this.recorder.resource
  }

  get instrumentationScope(): ReadableSpan["instrumentationScope"] {
    return this.recorder.instrumentationScope
  }
}

/**
 * Gives the context by which OpenTelemetry refers to a span.
 */
export const contextOf = (span: Tracer.AnySpan): SpanContext =>
  span instanceof AgentSpan
    ? span.spanContext
    : {
        traceId: span.traceId,
        spanId: span.spanId,
        traceFlags: flagsOf(span.sampled),
        isRemote: span._tag === "ExternalSpan"
      }
