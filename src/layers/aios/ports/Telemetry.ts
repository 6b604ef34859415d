/**
 * The telemetry port: traces and measures agents.
 *
 * No value that telemetry records changes the digests of a journal, so a run is the same with and without telemetry.
 *
 * @since 0.1.0
 */
import { Context, type Tracer } from "effect"
import type { BudgetState } from "../schema/AgentStateVector.js"
import type { MetricKey } from "../schema/conventions.js"

/**
 * A value of an attribute. A span leaves out a value that is `undefined` or not finite.
 *
 * @since 0.1.0
 * @category models
 */
export type AttributeValue = string | number | boolean | ReadonlyArray<string>

/**
 * Attributes of a span.
 *
 * @since 0.1.0
 * @category models
 */
export type SpanAttributes = { readonly [name: string]: AttributeValue | undefined }

/**
 * Attributes of a measurement. Their combinations must be few: no ids.
 *
 * @since 0.1.0
 * @category models
 */
export type MetricAttributes = { readonly [name: string]: string | number | boolean }

/**
 * A span that begins.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpanStart {
  readonly name: string
  readonly kind: "internal" | "client"
  /** Parent of the span; without a parent, the span begins a trace. */
  readonly parent: Tracer.AnySpan | undefined
  /** Nanoseconds since the epoch. */
  readonly startTime: bigint
  readonly attributes: SpanAttributes
  readonly links?: ReadonlyArray<Tracer.SpanLink>
}

/**
 * Takes measurements. No method waits or throws; a value that is not finite is dropped.
 *
 * @since 0.1.0
 * @category models
 */
export interface Meter {
  /** Adds to a counter, or one value to a histogram. */
  readonly record: (metric: MetricKey, value: number, attributes: MetricAttributes) => void
  /** Sets the gauges of a session; they show the sessions that were observed last. */
  readonly observe: (sessionId: string, standing: Standing) => void
}

/**
 * Values that the gauges of a session show.
 *
 * @since 0.1.0
 * @category models
 */
export interface Standing {
  readonly name: string
  readonly budget: BudgetState
  readonly unperceived: number
}

/**
 * Instruments that trace and measure.
 *
 * @since 0.1.0
 * @category models
 */
export interface Instruments {
  /** The tracer that models and tools run with, so that their own spans belong to the agent's. */
  readonly tracer: Tracer.Tracer
  /** Begins a span. */
  readonly span: (start: SpanStart) => Tracer.Span
  /** Sets attributes of a span. */
  readonly annotate: (span: Tracer.Span, attributes: SpanAttributes) => void
  readonly meter: Meter
  /** True if spans hold content: messages, arguments and results of tools, with secrets masked. */
  readonly captureContent: boolean
}

/**
 * The instruments of a system. Without instruments, no span is made and nothing is measured, because a span costs more
 * than a phase that has nothing to do.
 *
 * @default none
 *
 * @since 0.1.0
 * @category services
 */
export class Telemetry extends Context.Reference<Telemetry>()("life-agent-os/Telemetry", {
  defaultValue: (): { readonly instruments: Instruments | undefined } => ({ instruments: undefined })
}) {}
