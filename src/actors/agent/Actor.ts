/**
 * The actor of one agent: a name, a place in the tree, and, only while needed, a live agent and a fiber.
 *
 * @since 0.1.0
 */
import type { Deferred, Fiber } from "effect"
import {
  type AgentState,
  type ClosedRun,
  type JournalError,
  mainBranch,
  type ModelDelta,
  type StreamId
} from "../../layers/aios/index.js"
import type { AgentError } from "../AgentError.js"
import type { LiveAgent } from "./Session.js"
import type { AgentTelemetry } from "../telemetry/AgentTelemetry.js"
import type { Supervisor } from "../supervision/Supervisor.js"

/**
 * What becomes of an agent that fails: `transient` agents are restarted by their supervisor, `temporary` ones are not.
 *
 * @since 0.1.0
 * @category models
 */
export type RestartPolicy = "transient" | "temporary"

/**
 * An agent's actor. A passivated one is this object and nothing else, so it stays small: fields that most agents never
 * use are absent until they are used.
 */
export class AgentActor {
  /** The agent in memory; absent while it is passivated. */
  live: LiveAgent | undefined
  /** The one before, which may still be appending; gone once the agent is loaded again. */
  former: LiveAgent | undefined
  /** Set while the agent is being loaded from the journal. */
  loading: Deferred.Deferred<LiveAgent, JournalError> | undefined
  /** The right to run its ticks; a fiber that does not hold it any more keeps its hands off. */
  shift: object | undefined
  /** The fiber that runs them, once it has begun. */
  fiber: Fiber.RuntimeFiber<unknown, unknown> | undefined
  /** Between a failure and the restart: messages are taken, but nothing is driven. */
  suspended = false
  stopped = false
  /** Its fiber is being ended from outside; what it does is neither done nor cancelled. */
  halting = false
  /** Messages being accepted: in the mailbox, not yet in the journal. */
  arriving = 0
  /** Present once the agent has children. */
  children: Supervisor | undefined
  /** Present once the agent was in memory, where somebody traces or measures. */
  telemetry: AgentTelemetry | undefined
  private waiters: Map<string, Deferred.Deferred<ClosedRun, AgentError>> | undefined
  private listeners: Set<(delta: ModelDelta) => void> | undefined

  constructor(
    readonly sessionId: string,
    readonly name: string,
    readonly restart: RestartPolicy,
    readonly supervisor: Supervisor,
    /** Whether the session comes from an earlier process: then its open run is resumed, and that is recorded. */
    public inherited: boolean
  ) {}

  /** Takes the agent out of memory, whatever it is doing. What it has not begun to append is lost. */
  drop(): void {
    this.former = this.live ?? this.former
    this.live = undefined
  }

  /** A fiber runs its ticks, or is about to. */
  get driving(): boolean {
    return this.shift !== undefined
  }

  get stream(): StreamId {
    return { sessionId: this.sessionId, branchId: mainBranch }
  }

  /** The deferred that is completed when a run has ended. */
  waitFor(
    runId: string,
    make: () => Deferred.Deferred<ClosedRun, AgentError>
  ): Deferred.Deferred<ClosedRun, AgentError> {
    this.waiters ??= new Map()
    const known = this.waiters.get(runId)
    if (known !== undefined) return known
    const deferred = make()
    this.waiters.set(runId, deferred)
    return deferred
  }

  /** Takes out those who wait for a run, or for any run. */
  takeWaiters(runId?: string): ReadonlyArray<Deferred.Deferred<ClosedRun, AgentError>> {
    const waiters = this.waiters
    if (waiters === undefined) return []
    const taken = runId === undefined ? [...waiters.values()] : [waiters.get(runId) ?? []].flat()
    if (runId === undefined) waiters.clear()
    else waiters.delete(runId)
    if (waiters.size === 0) this.waiters = undefined
    return taken
  }

  listen(listener: (delta: ModelDelta) => void): () => void {
    const listeners = (this.listeners ??= new Set())
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  }

  onDelta(delta: ModelDelta): void {
    this.listeners?.forEach((listener) => listener(delta))
  }

  /** The last durable state, while it is in memory. */
  get state(): AgentState | undefined {
    return this.live?.committed
  }
}
