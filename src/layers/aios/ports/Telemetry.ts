/**
 * The telemetry port: who traces and measures agents, if anybody does.
 *
 * Nothing that is recorded through it finds its way back into a journal's digests, so a run is the same with and without
 * it.
 *
 * @since 0.1.0
 */
import { Context, type Tracer } from "effect"
import type { BudgetState } from "../schema/AgentStateVector.js"
import type { MetricKey } from "../schema/conventions.js"

/**
 * A value of an attribute. On a span, what is `undefined` or not finite is left out.
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
  /** The beginning of a trace where there is none. */
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
  /** How a session stands; the gauges show the sessions that were heard of last. */
  readonly observe: (sessionId: string, standing: Standing) => void
}

/**
 * What the gauges of a session show.
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
 * Who traces and measures.
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
  /** Whether spans hold what was said: messages, arguments and results of tools, with secrets masked. */
  readonly captureContent: boolean
}

/**
 * The instruments, where somebody looks at them. Without any, no span is made and nothing is measured: a span costs more
 * than a phase that has nothing to do.
 *
 * @since 0.1.0
 * @category services
 */
export class Telemetry extends Context.Reference<Telemetry>()("life-agent-os/Telemetry", {
  defaultValue: (): { readonly instruments: Instruments | undefined } => ({ instruments: undefined })
}) {}
