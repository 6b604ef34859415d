/**
 * Telemetry of one agent: the spans of its run, tick and phase, and counters by event.
 *
 * It exists only if the Telemetry layer has instruments. It lives as long as the agent's actor, and so survives
 * restarts and passivation. The spans are made by hand and not around Effects: a phase is no Effect of its own, and a
 * span by hand costs a third.
 *
 * @since 0.1.0
 */
import { type Cause, type Clock, Context, Exit, FiberId, type Tracer } from "effect"
import {
  type AgentState,
  attributes,
  type ClosedRun,
  type EventKind,
  type Instruments,
  isTraceContext,
  type Json,
  type MetricAttributes,
  type MetricKey,
  operations,
  type RawKind,
  type SpanAttributes,
  spanNames,
  type SpanStart,
  type TraceContext
} from "../../layers/aios/index.js"
import { endOf } from "../../machines/index.js"
import { outputMessage, textOf, userMessage } from "./content.js"
import { errorTypeOf, failure, secondsBetween } from "./failure.js"
import { Operation } from "./Operation.js"

interface RunSpan {
  readonly runId: string
  readonly span: Tracer.Span
  /** Reason of the last failure of a model call. */
  failedWith: string | undefined
}

export class AgentTelemetry {
  private run: RunSpan | undefined
  private tick: Tracer.Span | undefined
  private phase: Tracer.Span | undefined
  private last: TraceContext | undefined

  constructor(
    readonly instruments: Instruments,
    private readonly clock: Clock.Clock,
    readonly sessionId: string,
    readonly agentName: string,
    /** Names of all tools of the system. */
    private readonly toolNames: ReadonlySet<string>
  ) {}

  /** The innermost span that is open. */
  get current(): Tracer.Span | undefined {
    return this.phase ?? this.tick ?? this.run?.span
  }

  /** The span of the open run, for work on its behalf outside its ticks. */
  get runSpan(): Tracer.Span | undefined {
    return this.run?.span
  }

  now(): bigint {
    return this.clock.unsafeCurrentTimeNanos()
  }

  /** The trace that new events belong to. `span` is their source, if it is not the innermost span. */
  traceOf(
    kinds: ReadonlyArray<EventKind | RawKind>,
    state: AgentState,
    span: Tracer.AnySpan | undefined
  ): TraceContext | undefined {
    const started = kinds.find((kind) => kind.type === "RunStarted")
    if (started === undefined) return this.contextOf(span ?? this.current)
    this.settle(state)
    this.begin(started.runId, span, [])
    const objective = kinds.find((kind) => kind.type === "UserMessage")
    if (objective !== undefined)
      this.capture(this.run?.span, attributes.inputMessages, [userMessage(objective.content)])
    return this.contextOf(this.run?.span)
  }

  /** Counts an event. The second argument is the state before it. */
  saw(kind: EventKind | RawKind, { calls }: AgentState): void {
    switch (kind.type) {
      case "ModeChanged":
        return this.record("modeTransitions", 1, { [attributes.modeFrom]: kind.from, [attributes.modeTo]: kind.to })
      case "ToolResult": {
        const name = calls.find(({ callId }) => callId === kind.callId)?.toolName
        return this.record("toolExecutions", 1, {
          // A model may invent any number of tool names; the label must stay bounded.
          [attributes.toolName]: name !== undefined && this.toolNames.has(name) ? name : "_OTHER",
          [attributes.toolStatus]: kind.status
        })
      }
      case "ModelFailed":
        if (this.run !== undefined) this.run.failedWith = kind.reason
    }
  }

  /** Resumes the run of an earlier process in a new trace, which links to the earlier trace. */
  resume(runId: string, interrupted: TraceContext | undefined): void {
    const links = interrupted === undefined ? [] : [linkTo(interrupted)]
    this.begin(runId, undefined, links).attribute(attributes.runResumed, true)
  }

  /** Tells if a run has an open span. */
  traces(runId: string): boolean {
    return this.run?.runId === runId
  }

  /** The agent enters the phase that its state is in. */
  enter(state: AgentState): void {
    const now = this.now()
    if (this.tick === undefined || state.phase === "perceive") {
      this.endTick(now, Exit.void, state)
      this.tick = this.span(spanNames.tick, this.run?.span, now, {
        // Ticks are shown from 1.
        [attributes.tick]: state.tick + 1,
        [attributes.mode]: state.mode,
        ...(state.run === undefined ? {} : { [attributes.runId]: state.run.runId }),
        [attributes.conversation]: this.sessionId
      })
    } else {
      this.phase?.end(now, Exit.void)
    }
    if (state.phase === "act") this.tick.attribute(attributes.plan, state.plan)
    this.phase = this.span(`life.${state.phase}`, this.tick, now, { [attributes.phase]: state.phase })
  }

  /** The agent has nothing to do. */
  rest(state: AgentState): void {
    this.endTick(this.now(), Exit.void, state)
  }

  /** The agent's work failed or was interrupted. */
  broke(cause: Cause.Cause<unknown>, state: AgentState | undefined): void {
    this.endTick(this.now(), failure.ofCause(cause), state)
  }

  /** The state is durable. */
  committed(state: AgentState): void {
    this.instruments.meter.observe(this.sessionId, state)
    if (this.tick === undefined) this.settle(state)
  }

  /** Ends every span: nothing more comes from this process. */
  close(): void {
    const interrupted = Exit.interrupt(FiberId.none)
    this.endTick(this.now(), interrupted, undefined)
    this.run?.span.end(this.now(), interrupted)
    this.run = undefined
  }

  /** The operation of an append. It has a span only if another span is open. */
  append(events: number): Operation {
    const attached = this.current
    const span = attached && this.span(spanNames.append, attached, this.now(), { [attributes.eventCount]: events })
    return new Operation(this, span, "appendDuration", {})
  }

  /** Begins a span. */
  span(
    name: string,
    parent: Tracer.AnySpan | undefined,
    startTime: bigint,
    attributes: SpanAttributes,
    kind: SpanStart["kind"] = "internal"
  ): Tracer.Span {
    return this.instruments.span({ name, parent, startTime, attributes, kind })
  }

  record(metric: MetricKey, value: number, labels: MetricAttributes): void {
    this.instruments.meter.record(metric, value, labels)
  }

  /** Puts content on a span, if content capture is on. */
  capture(span: Tracer.Span | undefined, name: string, content: Json): void {
    if (span?.sampled === true && this.instruments.captureContent) span.attribute(name, textOf(content))
  }

  // No event points to a span that is not sampled.
  private contextOf(span: Tracer.AnySpan | undefined): TraceContext | undefined {
    if (span === undefined || !span.sampled) return undefined
    const { spanId, traceId } = span
    if (this.last?.spanId === spanId && this.last.traceId === traceId) return this.last
    const context = { traceId, spanId }
    return isTraceContext(context) ? (this.last = context) : undefined
  }

  private begin(runId: string, parent: Tracer.AnySpan | undefined, links: ReadonlyArray<Tracer.SpanLink>): Tracer.Span {
    const span = this.instruments.span({
      name: `${operations.invokeAgent} ${this.agentName}`,
      kind: "internal",
      parent,
      startTime: this.now(),
      attributes: {
        [attributes.operation]: operations.invokeAgent,
        [attributes.agentName]: this.agentName,
        [attributes.conversation]: this.sessionId,
        [attributes.sessionId]: this.sessionId,
        [attributes.runId]: runId
      },
      links
    })
    this.run = { runId, span, failedWith: undefined }
    return span
  }

  private endTick(now: bigint, exit: Exit.Exit<void, unknown>, state: AgentState | undefined): void {
    this.phase?.end(now, exit)
    this.tick?.end(now, exit)
    this.phase = this.tick = undefined
    if (state !== undefined) this.settle(state)
  }

  // Ends the span of a run that is over.
  private settle(state: AgentState): void {
    const open = this.run
    if (open === undefined || state.run?.runId === open.runId) return
    this.run = undefined
    this.endRun(open, endOf(state, open.runId))
  }

  private endRun({ failedWith, span }: RunSpan, closed: ClosedRun | undefined): void {
    const now = this.now()
    const { costUsd, error, finalAnswer, reason, usage } = closed ?? { reason: "error" as const }
    this.instruments.annotate(span, {
      [attributes.runEnd]: reason,
      [attributes.costUsd]: costUsd,
      [attributes.inputTokens]: usage && usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
      [attributes.outputTokens]: usage?.outputTokens
    })
    if (finalAnswer !== undefined)
      this.capture(span, attributes.outputMessages, [outputMessage(finalAnswer, [], "stop")])
    const errorType = errorTypeOf(reason, failedWith)
    this.record("invokeAgentDuration", secondsBetween(span.status.startTime, now), {
      [attributes.operation]: operations.invokeAgent,
      [attributes.agentName]: this.agentName,
      ...(errorType === undefined ? {} : { [attributes.errorType]: errorType })
    })
    if (errorType === undefined) return span.end(now, Exit.void)
    span.attribute(attributes.errorType, errorType)
    span.end(now, failure.of(errorType, error ?? `the run ended: ${reason}`))
  }
}

const linkTo = ({ spanId, traceId }: TraceContext): Tracer.SpanLink => ({
  _tag: "SpanLink",
  span: { _tag: "ExternalSpan", traceId, spanId, sampled: true, context: Context.empty() },
  attributes: {}
})
