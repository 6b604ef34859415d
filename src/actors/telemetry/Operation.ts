/**
 * An operation that has a span and a duration: an append, a model call, the execution of a tool.
 *
 * @since 0.1.0
 */
import { Cause, Effect, Exit, type Tracer } from "effect"
import {
  attributes,
  type Instruments,
  type Json,
  type MetricAttributes,
  type MetricKey
} from "../../layers/aios/index.js"
import { failure, secondsBetween, typeOf } from "./failure.js"

/**
 * Parts of an agent's telemetry that an operation needs.
 */
export interface Recording {
  readonly instruments: Instruments
  readonly now: () => bigint
  readonly record: (metric: MetricKey, value: number, labels: MetricAttributes) => void
  readonly capture: (span: Tracer.Span | undefined, name: string, content: Json) => void
}

export class Operation {
  private error: { readonly type: string; readonly message: string } | undefined
  private readonly startTime: bigint

  constructor(
    protected readonly telemetry: Recording,
    /** Absent if no span is open that the operation could be a part of. */
    readonly span: Tracer.Span | undefined,
    private readonly duration: MetricKey,
    protected readonly labels: MetricAttributes
  ) {
    this.startTime = span?.status.startTime ?? telemetry.now()
  }

  get tracer(): Tracer.Tracer {
    return this.telemetry.instruments.tracer
  }

  /** The operation failed, and its caller handles the failure. */
  failed(type: string, message: string): void {
    this.error = { type, message }
  }

  /** Ends the operation. A failed exit wins over an earlier call of `failed`. */
  end(exit: Exit.Exit<unknown, unknown>): void {
    const now = this.telemetry.now()
    const broke = Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)
    const type = broke ? typeOf(Cause.squash(exit.cause)) : this.error?.type
    this.telemetry.record(
      this.duration,
      secondsBetween(this.startTime, now),
      type === undefined ? this.labels : { ...this.labels, [attributes.errorType]: type }
    )
    const { error, span } = this
    if (span === undefined) return
    if (type !== undefined) span.attribute(attributes.errorType, type)
    if (Exit.isFailure(exit)) span.end(now, failure.ofCause(exit.cause))
    else span.end(now, error === undefined ? Exit.void : failure.of(error.type, error.message))
  }
}

/**
 * Runs an effect as an operation, if there is one.
 */
export const within = <O extends Operation, A, E, R>(
  operation: O | undefined,
  use: (operation: O | undefined) => Effect.Effect<A, E, R>
): Effect.Effect<A, E, R> =>
  operation === undefined
    ? use(operation)
    : Effect.onExit(use(operation), (exit) => Effect.sync(() => operation.end(exit)))

/**
 * Runs foreign code, a model or a tool, inside the span of an operation: the spans of that code become its children.
 */
export const inside = <A, E, R>(operation: Operation | undefined, foreign: Effect.Effect<A, E, R>) =>
  operation?.span === undefined
    ? foreign
    : // The order matters: each step inside the tracer costs time.
      Effect.withParentSpan(Effect.withTracer(foreign, operation.tracer), operation.span)
