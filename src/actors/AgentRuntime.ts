/**
 * What all agents of a system share: loading, driving, passivation, and carrying out what supervisors decide.
 *
 * @since 0.1.0
 */
import { Cause, Clock, Deferred, Effect, Exit, Fiber, Random, Schedule, type Scope, type Tracer } from "effect"
import type { EventKind } from "../layers/aios/EventKind.js"
import { agentActor, type EventActor } from "../layers/aios/EventRecord.js"
import type { JournalError } from "../layers/aios/Journal.js"
import type { AgentState } from "../machines/AgentState.js"
import type { AgentActor } from "./AgentActor.js"
import { AgentError } from "./AgentError.js"
import { dueAt } from "./approving.js"
import { drive } from "./interpreter.js"
import { LiveAgent, type Pen } from "./LiveAgent.js"
import { loadAgent } from "./replay.js"
import type { SystemTelemetry } from "./telemetry/SystemTelemetry.js"
import { lastOutcomes } from "./tick/ending.js"
import { queuedRun } from "./tick/queue.js"
import type { TickPorts } from "./tick/Tick.js"
import type { Timers } from "./Timers.js"

const system: EventActor = { type: "system" }

/**
 * Restart delays are spread by this share in both directions, so that agents that failed together do not come back
 * together.
 */
const jitter = 0.2

// For five minutes, a second apart: as long as a full disk or a locked file may take a person to see to.
const closingAttempts = Schedule.spaced("1 second").pipe(Schedule.intersect(Schedule.recurs(300)))

export class AgentRuntime {
  /** The system comes to its end: runs stay open, for the next process. */
  closing = false
  // Least recently used first.
  private readonly idle = new Set<AgentActor>()

  constructor(
    readonly pen: Pen,
    private readonly ports: TickPorts,
    private readonly scope: Scope.Scope,
    private readonly options: { readonly drive: boolean; readonly idleAgentsMax: number },
    private readonly timers: Timers,
    private readonly telemetry: SystemTelemetry | undefined
  ) {}

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

  // `along` are agents that share the fate of this one.
  private failed(
    agent: AgentActor,
    cause: Cause.Cause<unknown>,
    along: ReadonlyArray<AgentActor> = []
  ): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      const { supervisor } = agent
      const message = messageOf(cause)
      const at = yield* Clock.currentTimeMillis
      const verdict = supervisor.childFailed(agent, at)
      const { restart, sessionId: child } = agent
      const event = { type: "ChildFailed", child, at, restart: restart === "transient", verdict: verdict.type }
      this.pen.feed.supervised(supervisor, event, at, child)
      switch (verdict.type) {
        case "restart": {
          const children = [...verdict.children, ...along]
          yield* Effect.logWarning(`agent ${agent.name} failed and is restarted in ${verdict.delayMs} ms: ${message}`)
          for (const child of children) child.suspended = true
          yield* Effect.forkIn(Effect.interruptible(this.restart(children, verdict.delayMs)), this.scope)
          return
        }
        case "drop":
          for (const lost of [agent, ...along]) yield* this.giveUp(lost, message)
          return
        case "escalate": {
          const { owner } = supervisor
          supervisor.reset(agent)
          this.pen.feed.supervised(supervisor, { type: "Reset", child }, at)
          for (const lost of owner === undefined ? [agent, ...along] : [agent]) yield* this.giveUp(lost, message)
          if (owner === undefined) return
          const siblings = [...supervisor.children.values()].filter((child) => child !== agent)
          for (const other of [owner, ...siblings]) yield* this.halt(other)
          const reason = new Error(`its child ${agent.name} keeps failing: ${message}`)
          yield* this.failed(owner, Cause.fail(reason), [...siblings, ...along])
        }
      }
    })
  }

  private restart(children: ReadonlyArray<AgentActor>, delayMs: number): Effect.Effect<void> {
    return Effect.gen(this, function* () {
      for (const child of children) yield* this.halt(child)
      // Whole milliseconds, because a virtual clock stands still at exactly the moment a sleeper asked for.
      yield* Effect.sleep(Math.round(delayMs * (yield* Random.nextRange(1 - jitter, 1 + jitter))))
      for (const child of children) {
        child.suspended = false
        const event = { type: "ChildRestarted", child: child.sessionId }
        this.pen.feed.supervised(child.supervisor, event, this.pen.clock.unsafeCurrentTimeMillis())
        yield* this.wake(child)
      }
    })
  }

  // The run ends with an error in the journal. It may be the journal that fails, so that is tried for a while, unless
  // somebody wakes the agent meanwhile; if it cannot be written, those who wait are told why. What else the agent was told
  // it still perceives; should it fail at that, too, it has no run any more, and is left alone.
  private giveUp(agent: AgentActor, message: string): Effect.Effect<void> {
    let lost: string | undefined
    const close = Effect.suspend(() =>
      agent.driving
        ? Effect.succeed(undefined)
        : this.closeRun(agent, ({ run }) => {
            lost ??= run?.runId
            // When a reply was lost, the next run may have begun already.
            if (run === undefined || run.runId !== lost) return []
            return [{ type: "RunErrored", runId: run.runId, error: message }]
          })
    )
    const work = close.pipe(
      Effect.retry(closingAttempts),
      Effect.catchTag("JournalError", (error) => Effect.as(Effect.logError(error.message), undefined)),
      Effect.flatMap((state) => {
        if (agent.driving) return Effect.void
        const failure = new AgentError({ agent: agent.name, reason: "Failed", message })
        for (const waiter of agent.takeWaiters()) Deferred.unsafeDone(waiter, Exit.fail(failure))
        return lost !== undefined && (state?.unperceived ?? 0) > 0 ? this.wake(agent) : Effect.void
      })
    )
    return Effect.logError(`agent ${agent.name} failed for good: ${message}`).pipe(
      Effect.zipRight(Effect.forkIn(Effect.interruptible(work), this.scope)),
      Effect.asVoid
    )
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

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}
