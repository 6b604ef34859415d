/**
 * The actor of one agent: a name, a place in the tree and a lifecycle; and only while needed a live agent and a fiber.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Exit, Fiber, FiberId } from "effect"
import {
  type AgentState,
  type ClosedRun,
  type JournalError,
  mainBranch,
  type ModelDelta,
  type RunError,
  type StreamId
} from "../../layers/aios/index.js"
import type { ChildFailed, DeliveryRefusal } from "../../machines/index.js"
import type { RestartPolicy, Supervisor } from "../supervision/Supervisor.js"
import type { AgentTelemetry } from "../telemetry/AgentTelemetry.js"
import { Actor } from "./Actor.js"
import type { LiveAgent } from "./Session.js"

/**
 * Parts of the system that an agent's actor needs.
 */
export interface Keeper {
  readonly wake: (agent: AgentActor) => Effect.Effect<void>
  readonly giveUp: (agent: AgentActor, message: string) => Effect.Effect<void>
  /** Ends the run and the session, and forgets the agent. */
  readonly close: (agent: AgentActor) => Effect.Effect<void, JournalError>
  readonly stop: (agent: Actor) => Effect.Effect<void, JournalError>
}

/**
 * An agent's actor. A passivated agent is this object and nothing else, so the object stays small: fields that most
 * agents never use are absent until they are used.
 */
export class AgentActor extends Actor {
  /** The agent in memory; absent while it is passivated or loading. */
  private session: LiveAgent | undefined
  /** The previous live agent, which may still be appending; absent once the agent is loaded again. */
  private former: LiveAgent | undefined
  /** Set while the agent is being loaded from the journal. */
  private loading: Deferred.Deferred<LiveAgent, JournalError> | undefined
  /** Present once the agent was in memory, if the system has telemetry. */
  telemetry: AgentTelemetry | undefined
  /**
   * The last failure: the place in the journal, its kind, the number of failures like it before, and whether the journal
   * was given an event first when the run went on.
   */
  private failure:
    | { readonly sequence: number; readonly journal: boolean; readonly repeated: number; readonly resumed: boolean }
    | undefined
  private waiters: Map<string, Deferred.Deferred<ClosedRun, RunError>> | undefined
  private listeners: Set<(delta: ModelDelta) => void> | undefined

  readonly kind = "agent"

  constructor(
    readonly sessionId: string,
    name: string,
    restart: RestartPolicy,
    supervisor: Supervisor,
    inherited: boolean,
    private readonly keeper: Keeper
  ) {
    super(name, restart, supervisor, inherited)
  }

  get id(): string {
    return this.sessionId
  }

  get stream(): StreamId {
    return { sessionId: this.sessionId, branchId: mainBranch }
  }

  /** The agent, while it is in memory. */
  get live(): LiveAgent | undefined {
    return this.session
  }

  /** Loads the agent unless it is in memory. Concurrent callers share one run of `read`, and of `keep` after it. */
  load(read: Effect.Effect<LiveAgent, JournalError>, keep: () => void): Effect.Effect<LiveAgent, JournalError> {
    // Interrupted between the first two steps, the actor would stay in the state `loading` for ever.
    return Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        const mustRead = this.asks({ type: "Load", broken: this.session?.broken !== undefined }, "read")
        if (this.session !== undefined) return Effect.succeed(this.session)
        if (this.loading !== undefined && !mustRead) return restore(Deferred.await(this.loading))
        const loading = (this.loading = Deferred.unsafeMake<LiveAgent, JournalError>(FiberId.none))
        return Effect.suspend(() => this.former?.retire() ?? Effect.void).pipe(
          Effect.zipRight(read),
          Effect.onExit((exit) => {
            this.loading = undefined
            if (Exit.isSuccess(exit)) {
              this.session = exit.value
              this.former = undefined
              this.send({ type: "Loaded" })
              keep()
            } else this.send({ type: "LoadFailed" })
            return Deferred.done(loading, exit)
          })
        )
      })
    )
  }

  /** Drops the state of an idle agent from memory. The next message loads it again. */
  passivate(): void {
    this.send({ type: "Passivate", settled: this.session?.settled !== false })
  }

  /** Admits a message, or gives the reason of its refusal. The caller must end an admission with `delivered`. */
  deliver(): DeliveryRefusal | undefined {
    const refusal = this.send({ type: "Deliver" }).find(({ type }) => type === "refuse")
    return (refusal?.params as { readonly reason: DeliveryRefusal } | undefined)?.reason
  }

  delivered(): void {
    this.send({ type: "Delivered" })
  }

  /** Takes in that an event of this process is durable in the session. */
  committed(): void {
    if (this.inherited) this.send({ type: "Commit" })
  }

  wake(): Effect.Effect<void> {
    return this.keeper.wake(this)
  }

  giveUp(message: string): Effect.Effect<void> {
    return this.keeper.giveUp(this, message)
  }

  stop(): Effect.Effect<void, JournalError> {
    return this.keeper.stop(this)
  }

  close(): Effect.Effect<void, JournalError> {
    return this.keeper.close(this)
  }

  failed(unavailable: boolean): Pick<ChildFailed, "journal" | "repeated"> {
    const sequence = this.last?.committedSequence ?? 0
    const { failure } = this
    // The journal has taken that the run goes on, but not the event after that: it is available, and the event is the
    // trouble.
    const isPicky = failure?.resumed === true && sequence === failure.sequence + 1
    const journal = unavailable && !isPicky
    const isSame = failure !== undefined && (isPicky || (sequence === failure.sequence && failure.journal === journal))
    const repeated = isSame ? failure.repeated + 1 : 0
    this.failure = { sequence, journal: unavailable, repeated, resumed: false }
    return { ...(journal && { journal }), ...(repeated > 0 && { repeated }) }
  }

  /** Takes in that the run goes on after the journal was unavailable. */
  resumed(): void {
    if (this.failure !== undefined) this.failure = { ...this.failure, resumed: true }
  }

  /** True if the journal was unavailable last, and has taken no event since. */
  get waitsForJournal(): boolean {
    return this.failure?.journal === true && this.failure.sequence === this.last?.committedSequence
  }

  protected override carryOut(action: string): void {
    if (action !== "retire" && action !== "forget") return
    if (action === "retire") this.former = this.session
    this.session = undefined
  }

  /** Stops the act in progress, if that is due, and waits until it has stopped. */
  stopActing(isDue: (state: AgentState) => boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { live } = this
      return live?.acting !== undefined && isDue(live.state) ? Effect.asVoid(Fiber.interrupt(live.acting)) : Effect.void
    })
  }

  /** The deferred that completes when a run has ended. */
  waitFor(runId: string, make: () => Deferred.Deferred<ClosedRun, RunError>): Deferred.Deferred<ClosedRun, RunError> {
    this.waiters ??= new Map()
    const known = this.waiters.get(runId)
    if (known !== undefined) return known
    const deferred = make()
    this.waiters.set(runId, deferred)
    return deferred
  }

  /** The runs that have waiters. */
  get awaited(): ReadonlyArray<string> {
    return [...(this.waiters?.keys() ?? [])]
  }

  /** Removes and gives the waiters for a run. */
  takeWaiters(runId: string): ReadonlyArray<Deferred.Deferred<ClosedRun, RunError>> {
    const taken = this.waiters?.get(runId)
    this.waiters?.delete(runId)
    if (this.waiters?.size === 0) this.waiters = undefined
    return taken === undefined ? [] : [taken]
  }

  /** The agent as it was last in memory, if that is known. */
  get last(): LiveAgent | undefined {
    return this.session ?? this.former
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
}
