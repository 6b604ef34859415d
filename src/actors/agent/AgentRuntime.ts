/**
 * The shared runtime of a system's agents: loading, recording, driving and passivation.
 *
 * @since 0.1.0
 */
import { Cause, Deferred, Effect, Exit, type Scope, type Tracer } from "effect"
import {
  agentActor,
  type AgentState,
  type EventActor,
  type EventKind,
  type JournalError,
  type ToolCallRequest,
  type ToolError
} from "../../layers/aios/index.js"
import { approvalsOf, dueAt } from "../../machines/index.js"
import type { Driver } from "./Actor.js"
import type { AgentActor } from "./AgentActor.js"
import { drive } from "./driver.js"
import type { Runtime } from "./Runtime.js"
import { LiveAgent, type Pen } from "./Session.js"
import { loadAgent } from "../replay.js"
import { trusted } from "../trust.js"
import type { PreparedTool } from "../sockets/Sockets.js"
import type { SystemTelemetry } from "../telemetry/SystemTelemetry.js"
import { announceApproval } from "../tick/approvalRequest.js"
import { lastOutcomes } from "../tick/lastOutcomes.js"
import { queuedRun } from "../tick/queue.js"
import type { TickPorts } from "../tick/Tick.js"
import type { Recover } from "../supervision/recovery.js"
import type { Timers } from "../supervision/Timers.js"

const system: EventActor = { type: "system" }

export class AgentRuntime implements Runtime {
  /** True once the system shuts down: runs stay open, for the next process. */
  closing = false
  // Idle agents, the least recently used first.
  private readonly idle = new Set<AgentActor>()

  constructor(
    readonly pen: Pen,
    private readonly ports: TickPorts,
    readonly answered: Set<string>,
    private readonly scope: Scope.Scope,
    private readonly options: { readonly drive: boolean; readonly idleAgentsMax: number },
    private readonly timers: Timers<AgentActor>,
    private readonly telemetry: SystemTelemetry | undefined,
    private readonly recover: Recover
  ) {}

  prepare(live: LiveAgent, call: ToolCallRequest): Effect.Effect<PreparedTool, ToolError> {
    return this.ports.sockets.provide(this.ports.tools.prepare(call, () => live))
  }

  /** The agent in memory, loaded from its journal if need be. */
  load(agent: AgentActor): Effect.Effect<LiveAgent, JournalError> {
    return agent.load(this.read(agent), () => {
      if (!agent.driving) this.keep(agent)
    })
  }

  /** Starts a driving fiber for an agent, unless one drives it already. */
  wake(agent: AgentActor): Effect.Effect<void> {
    // Interrupted between the claim and the fork, the agent would be claimed and never driven.
    return Effect.suspend(() => {
      const driver = this.options.drive ? agent.claim() : undefined
      if (driver === undefined) return Effect.void
      this.idle.delete(agent)
      // The caller is often uninterruptible at this point; the work of the agent must be interruptible.
      const work = Effect.interruptible(this.inContext(agent, this.work(agent, driver)))
      return Effect.asVoid(Effect.forkIn(work, this.scope))
    }).pipe(Effect.uninterruptible)
  }

  /** Drops the state of an idle agent from memory. The next message loads it again. */
  passivate(agent: AgentActor): void {
    this.idle.delete(agent)
    agent.passivate()
  }

  /**
   * Folds in events of an agent that may not be driven; the next flush makes them durable. Before them, it resumes a
   * session that an earlier process left with an open run, or that was closed. It also records that a run goes on after
   * the journal was unavailable: no model is asked, and no tool runs, before the journal has taken an event. After them, it starts the next run of
   * the queue if no run is open. The caller must wake the agent or close its session.
   */
  record(
    agent: AgentActor,
    live: LiveAgent,
    kinds: ReadonlyArray<EventKind>,
    actor: EventActor,
    span?: Tracer.AnySpan
  ): void {
    const { checkpointSequence, closed, run } = live.state
    // An agent stays inherited until an event is durable. If it has events that are not durable, it was resumed
    // already.
    const goesOn = agent.inherited || agent.waitsForJournal
    if (closed || (goesOn && live.settled && run !== undefined)) {
      agent.resumed()
      const from = checkpointSequence === 0 ? {} : { fromCheckpoint: checkpointSequence }
      live.emit([{ type: "SessionResumed", ...from }], system)
    }
    if (kinds.length > 0) live.emit(kinds, actor, span)
    const next = queuedRun(live.state, this.ports, run?.budget)
    if (next.length > 0) live.emit(next, actor, span)
  }

  /** Ends the open run of an agent whose work is over: no run stays open, and no call stays without an outcome. */
  closeRun(
    agent: AgentActor,
    end: (state: AgentState) => ReadonlyArray<EventKind>
  ): Effect.Effect<AgentState, JournalError> {
    return Effect.flatMap(this.load(agent), (live) => {
      const kinds = [...lastOutcomes(live.state), ...end(live.state)]
      if (kinds.length === 0) return Effect.map(live.flush(), () => live.committed)
      this.record(agent, live, kinds, agentActor)
      // The agent may be passivated by then, so the state comes from `live`.
      return Effect.map(Effect.zipRight(live.addCheckpoint(), live.flush()), () => live.committed)
    })
  }

  private read(agent: AgentActor): Effect.Effect<LiveAgent, JournalError> {
    const { feed, fold, identity, journal } = this.pen
    const checkpoint = trusted(journal, identity, agent.stream, fold)
    return Effect.suspend(() => loadAgent(journal, agent.stream, feed.loading(agent.sessionId), fold, checkpoint)).pipe(
      Effect.tap(({ state }) => this.telemetry?.loaded(agent, state)),
      Effect.map((loaded) => {
        feed.loaded(agent.sessionId, loaded)
        this.timers.set(agent, dueAt(loaded.state))
        const onCommit = (state: AgentState) => {
          // The resumption of the session is durable only now.
          agent.committed()
          settle(agent, state)
          this.timers.set(agent, dueAt(state))
        }
        // The reply of the append that ended a run may have been lost, and then its waiters know nothing of the end.
        settle(agent, loaded.state)
        return new LiveAgent(agent.stream, this.pen, onCommit, loaded, agent.telemetry)
      })
    )
  }

  // The logs of an agent's work carry its name, independent of the annotations of the caller that woke it.
  private inContext(agent: AgentActor, work: Effect.Effect<void>): Effect.Effect<void> {
    const named = Effect.annotateLogs(work, { agent: agent.name, session: agent.sessionId })
    return this.telemetry === undefined ? named : this.telemetry.around(agent, named)
  }

  private work(agent: AgentActor, driver: Driver): Effect.Effect<void> {
    const rest = () => {
      if (agent.ended(driver, "Rest")) this.keep(agent)
    }
    const ticks = Effect.flatMap(this.load(agent), (live) => {
      // A stop whose success was not reported woke the agent: the session is closed, and no queued message resumes it.
      if (live.state.closed && live.state.queue === undefined) return Effect.sync(rest)
      // The process that asked for these approvals is gone.
      const asked = agent.inherited ? approvalsOf(live.state) : []
      this.record(agent, live, [], system)
      return Effect.zipRight(
        Effect.forEach(
          asked,
          ({ approvalId, request: { reason } }) => announceApproval(live, this.ports, { approvalId, reason }),
          { discard: true }
        ),
        drive(live, this.ports, (delta) => agent.onDelta(delta), rest)
      )
    })
    return Effect.withFiberRuntime<void>((fiber) => {
      // The fiber was halted before it began.
      if (!agent.begin(driver, fiber)) return Effect.void
      return this.ports.sockets.provide(ticks).pipe(
        Effect.onExit((exit) => {
          if (Exit.isSuccess(exit)) return Effect.void
          const state = agent.live?.committed
          const isEnded = agent.halting || this.closing
          if (!agent.ended(driver, "Fail")) return Effect.void
          agent.telemetry?.broke(exit.cause, state)
          return Cause.isInterruptedOnly(exit.cause) && isEnded ? Effect.void : this.recover(agent, exit.cause)
        }),
        Effect.ignore
      )
    })
  }

  // Keeps an idle agent in memory. If there are too many, passivates the least recently used one.
  private keep(agent: AgentActor): void {
    this.idle.delete(agent)
    this.idle.add(agent)
    const [oldest] = this.idle
    if (this.idle.size > this.options.idleAgentsMax && oldest !== undefined) this.passivate(oldest)
  }
}

// Completes the waiters for a run whose end is durable.
const settle = (agent: AgentActor, state: AgentState): void => {
  const { lastRun } = state
  agent.telemetry?.committed(state)
  if (lastRun === undefined) return
  for (const waiter of agent.takeWaiters(lastRun.runId)) Deferred.unsafeDone(waiter, Exit.succeed(lastRun))
}
