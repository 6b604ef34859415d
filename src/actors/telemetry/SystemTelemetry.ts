/**
 * The telemetry of a system: makes the telemetry of its agents, and runs their work in the right span.
 *
 * @since 0.1.0
 */
import { type Clock, Effect, Tracer } from "effect"
import type { AgentState, Instruments, Journal, JournalError } from "../../layers/aios/index.js"
import type { AgentActor } from "../agent/AgentActor.js"
import { AgentTelemetry } from "./AgentTelemetry.js"

export class SystemTelemetry {
  private readonly tracer: Tracer.Tracer

  constructor(
    private readonly instruments: Instruments,
    private readonly clock: Clock.Clock,
    private readonly journal: typeof Journal.Service,
    private readonly toolNames: ReadonlySet<string>
  ) {
    this.tracer = quietened(instruments.tracer)
  }

  /**
   * An agent has been loaded. The run of an earlier process goes on in a new trace, which links to the earlier trace.
   */
  loaded(agent: AgentActor, state: AgentState): Effect.Effect<void, JournalError> {
    const { name, sessionId, stream } = agent
    const telemetry = (agent.telemetry ??= new AgentTelemetry(
      this.instruments,
      this.clock,
      sessionId,
      name,
      this.toolNames
    ))
    const { run } = state
    if (run === undefined || telemetry.traces(run.runId)) return Effect.void
    const started = this.journal.read({ ...stream, after: run.startSequence - 1, through: run.startSequence })
    return Effect.map(started, ([record]) => telemetry.resume(run.runId, record?.trace))
  }

  /** Runs an agent's work as a part of its run, independent of the span of the caller that woke it. */
  around(agent: AgentActor, work: Effect.Effect<void>): Effect.Effect<void> {
    return Effect.suspend(() => {
      const span = agent.telemetry?.runSpan
      return Effect.withTracer(span === undefined ? work : Effect.withParentSpan(work, span), this.tracer)
    })
  }
}

// A tracer may wrap every step of a fiber to make its span known to code outside of Effect. The wrapper costs as much
// as the step. Only models and tools run such code; they get the unchanged tracer.
const quietened = (tracer: Tracer.Tracer): Tracer.Tracer =>
  Tracer.make({ span: (...args) => tracer.span(...args), context: (step) => step() })
