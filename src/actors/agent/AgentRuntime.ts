/**
 * What all agents of a system share: loading, recording, driving and passivation.
 *
 * @since 0.1.0
 */
import { Cause, Deferred, Effect, Exit, Fiber, type Scope, type Tracer } from "effect"
import {
  agentActor,
  type AgentState,
  type EventActor,
  type EventKind,
  type JournalError
} from "../../layers/aios/index.js"
import type { AgentActor } from "./Actor.js"
import { dueAt } from "../commands/approvals.js"
import { makeFailing } from "../supervision/recovery.js"
import { drive } from "./driver.js"
import { LiveAgent, type Pen } from "./Session.js"
import { loadAgent } from "../replay.js"
import type { SystemTelemetry } from "../telemetry/SystemTelemetry.js"
import { lastOutcomes } from "../tick/ending.js"
import { queuedRun } from "../tick/queue.js"
import type { TickPorts } from "../tick/Tick.js"
import type { Timers } from "../supervision/Timers.js"

const system: EventActor = { type: "system" }

export class AgentRuntime {
  /** The system comes to its end: runs stay open, for the next process. */
  closing = false
  // Least recently used first.
  private readonly idle = new Set<AgentActor>()
  private readonly failed: ReturnType<typeof makeFailing>

  constructor(
    readonly pen: Pen,
    private readonly ports: TickPorts,
    private readonly scope: Scope.Scope,
    private readonly options: { readonly drive: boolean; readonly idleAgentsMax: number },
    private readonly timers: Timers,
    private readonly telemetry: SystemTelemetry | undefined
  ) {
    this.failed = makeFailing(this, scope)
  }

  /** The tools of the system. */
  get harness(): TickPorts["harness"] {
    return this.ports.harness
  }

  /** The agent in memory, loaded from its journal if need be. */
  load(agent: AgentActor): Effect.Effect<LiveAgent, JournalError> {
    return Effect.suspend(() => {
      if (agent.live !== undefined && agent.live.broken === undefined) return Effect.succeed(agent.live)
      if (agent.loading !== undefined) return Deferred.await(agent.loading)
      const loading = (agent.loading = Deferred.unsafeMake<LiveAgent, JournalError>(this.fiberId))
      agent.drop()
      return Effect.suspend(() => agent.former?.retire() ?? Effect.void).pipe(
        Effect.zipRight(loadAgent(this.pen.journal, agent.stream, this.pen.feed.loading(agent.sessionId))),
        Effect.tap(({ state }) => this.telemetry?.loaded(agent, state)),
        Effect.map((loaded) => this.adopt(agent, loaded)),
        Effect.onExit((exit) => {
          agent.loading = undefined
          return Deferred.done(loading, exit)
        }),
        Effect.uninterruptible
      )
    })
  }

  /** Puts an agent to work unless it works already. */
  wake(agent: AgentActor): Effect.Effect<void> {
    return Effect.suspend(() => {
      if (agent.driving || agent.suspended || agent.stopped || !this.options.drive) return Effect.void
      const shift = (agent.shift = {})
      this.idle.delete(agent)
      // Those who wake an agent often cannot be interrupted at that moment; its work always can.
      const work = Effect.interruptible(this.inContext(agent, this.work(agent, shift)))
      return Effect.asVoid(Effect.forkIn(work, this.scope))
    })
  }

  /**
   * Stops an agent's fiber, if it has one, and waits for its end. What was not durable is dropped. Not interruptible: half
   * halted, the agent would look as if it were at work for ever.
   */
  halt(agent: AgentActor): Effect.Effect<void> {
    return Effect.suspend(() => {
      agent.halting = true
      return agent.fiber === undefined ? Effect.void : Fiber.interrupt(agent.fiber)
    }).pipe(
      Effect.map(() => {
        agent.halting = false
        agent.shift = undefined
        agent.fiber = undefined
        agent.drop()
      }),
      Effect.uninterruptible
    )
  }

  /** Forgets the state of an idle agent; the next message loads it again. */
  passivate(agent: AgentActor): void {
    this.idle.delete(agent)
    if (!agent.driving && agent.arriving === 0 && agent.live?.settled !== false) agent.live = undefined
  }

  /**
   * Folds in what happens to an agent that may not be at work; the next flush makes it durable. A session that comes from
   * an earlier process, or was closed, is taken up again before, and if no run is open behind, the next one begins out of
   * the queue. Whoever records sees to it that the agent is woken, or that its session is closed.
   */
  record(
    agent: AgentActor,
    live: LiveAgent,
    kinds: ReadonlyArray<EventKind>,
    actor: EventActor,
    span?: Tracer.AnySpan
  ): void {
    const { checkpointSequence, closed, run } = live.state
    // Until something is durable, an agent stays inherited; what is not settled was resumed already.
    if (closed || (agent.inherited && live.settled && run !== undefined)) {
      const from = checkpointSequence === 0 ? {} : { fromCheckpoint: checkpointSequence }
      live.emit([{ type: "SessionResumed", ...from }], system)
    }
    if (kinds.length > 0) live.emit(kinds, actor, span)
    const next = queuedRun(live.state, this.ports, run?.budget)
    if (next.length > 0) live.emit(next, actor, span)
  }

  /** Ends the open run of an agent whose work is over, so that no run stays open and no call without an outcome. */
  closeRun(
    agent: AgentActor,
    end: (state: AgentState) => ReadonlyArray<EventKind>
  ): Effect.Effect<AgentState, JournalError> {
    return Effect.flatMap(this.load(agent), (live) => {
      const kinds = [...lastOutcomes(live.state), ...end(live.state)]
      if (kinds.length > 0) this.record(agent, live, kinds, agentActor)
      // The agent itself may be passivated by then.
      return Effect.map(live.flush(), () => live.committed)
    })
  }

  private adopt(agent: AgentActor, loaded: Effect.Effect.Success<ReturnType<typeof loadAgent>>): LiveAgent {
    this.pen.feed.loaded(agent.sessionId, loaded)
    const onCommit = (state: AgentState) => {
      // Only now is it durable that the session was resumed.
      agent.inherited = false
      settle(agent, state)
      this.timers.set(agent, dueAt(state))
    }
    this.timers.set(agent, dueAt(loaded.state))
    const live = new LiveAgent(agent.stream, this.pen, onCommit, loaded, agent.telemetry)
    agent.live = live
    agent.former = undefined
    if (!agent.driving) this.keep(agent)
    return live
  }

  // What an agent does is logged under its name, whoever woke it.
  private inContext(agent: AgentActor, work: Effect.Effect<void>): Effect.Effect<void> {
    const named = Effect.annotateLogs(work, { agent: agent.name, session: agent.sessionId })
    return this.telemetry === undefined ? named : this.telemetry.around(agent, named)
  }

  private work(agent: AgentActor, shift: object): Effect.Effect<void> {
    const ticks = Effect.flatMap(this.load(agent), (live) => {
      this.record(agent, live, [], system)
      return drive(
        live,
        this.ports,
        (delta) => agent.onDelta(delta),
        () => this.rest(agent, shift)
      )
    })
    return Effect.withFiberRuntime<void>((fiber) => {
      // Halted before it has begun.
      if (agent.shift !== shift) return Effect.void
      agent.fiber = fiber
      return ticks.pipe(
        Effect.onExit((exit) => {
          if (Exit.isSuccess(exit) || agent.shift !== shift) return Effect.void
          agent.shift = undefined
          agent.fiber = undefined
          agent.telemetry?.broke(exit.cause, agent.live?.committed)
          agent.drop()
          return Cause.isInterruptedOnly(exit.cause) ? Effect.void : this.failed(agent, exit.cause)
        }),
        Effect.ignore
      )
    })
  }

  private rest(agent: AgentActor, shift: object): void {
    if (agent.shift !== shift) return
    agent.shift = undefined
    agent.fiber = undefined
    this.keep(agent)
  }

  // Keeps an idle agent in memory, and passivates the one that was used least recently when there are too many.
  private keep(agent: AgentActor): void {
    this.idle.delete(agent)
    this.idle.add(agent)
    const [oldest] = this.idle
    if (this.idle.size > this.options.idleAgentsMax && oldest !== undefined) this.passivate(oldest)
  }

  private readonly fiberId = Fiber.id(Fiber.void)
}

// Tells those who wait for a run that it has ended, once that is durable.
const settle = (agent: AgentActor, state: AgentState): void => {
  const { lastRun } = state
  agent.telemetry?.committed(state)
  if (lastRun === undefined) return
  for (const waiter of agent.takeWaiters(lastRun.runId)) Deferred.unsafeDone(waiter, Exit.succeed(lastRun))
}
