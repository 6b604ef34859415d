/**
 * An agent as its users hold it.
 *
 * @since 0.1.0
 */
import { Deferred, Effect, Either, Fiber, Option, Stream } from "effect"
import {
  type AgentState,
  type AgentStateVector,
  type BudgetState,
  type ClosedRun,
  defaultBudget,
  type EventActor,
  type EventRecord,
  hashOf,
  type JournalError,
  Limits,
  type Model,
  type ModelDelta,
  type OpenRun,
  type OperatingMode,
  type PendingCall,
  type QueuedMessage,
  type SteeringMode,
  type TickPhase
} from "../layers/aios/index.js"
import { cancelSignal } from "../machines/index.js"
import type { AgentActor } from "./agent/Actor.js"
import type { AgentError } from "./AgentError.js"
import type { AgentRuntime } from "./agent/AgentRuntime.js"
import { type ApprovalAnswer, type ApprovalGrant, makeApproving } from "./commands/approvals.js"
import { checkBudget, checkMessage, deliver, refusal } from "./agent/mailbox.js"
import { makeTelling, stopActing } from "./commands/messages.js"
import { runStarted } from "./tick/queue.js"

/**
 * What is known of an agent at a sequence of its journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentView {
  readonly sessionId: string
  readonly name: string
  readonly mode: OperatingMode
  readonly phase: TickPhase
  readonly tick: number
  readonly vector: AgentStateVector
  readonly budget: BudgetState
  /** Sequence of the last durable event. */
  readonly head: number
  /** Lowercase hex SHA-256 of the folded state. */
  readonly stateHash: string
  readonly run?: OpenRun
  readonly lastRun?: ClosedRun
  /** Calls that wait for an approval. */
  readonly approvals: ReadonlyArray<PendingCall>
  /** Messages that wait for the end of the run. */
  readonly queue: ReadonlyArray<QueuedMessage>
}

/**
 * The view of a folded state.
 *
 * @since 0.1.0
 * @category constructors
 */
export const viewOf = (sessionId: string, state: AgentState, head: number): AgentView => ({
  sessionId,
  name: state.name,
  mode: state.mode,
  phase: state.phase,
  tick: state.tick,
  vector: state.vector,
  budget: state.budget,
  head,
  // Computed when it is looked at: hashing is most of the cost of a snapshot, and few look at the hash.
  get stateHash() {
    return hashOf(state)
  },
  ...(state.run === undefined ? {} : { run: state.run }),
  ...(state.lastRun === undefined ? {} : { lastRun: state.lastRun }),
  approvals: state.calls.filter((call) => call.status === "gated"),
  queue: state.queue ?? []
})

/**
 * A handle on an agent. It stays valid while the agent is passivated, restarted or moved to another fiber.
 *
 * @since 0.1.0
 * @category models
 */
export interface Agent {
  readonly sessionId: string
  readonly name: string
  /** Starts a run and waits for its end. The budget is `defaultBudget` where it is not given. */
  readonly run: (
    objective: string,
    options?: { readonly budget?: Partial<BudgetState> }
  ) => Effect.Effect<ClosedRun, AgentError | JournalError>
  /** Waits for the end of the open run; gives the last one when none is open. */
  readonly outcome: Effect.Effect<ClosedRun, AgentError | JournalError>
  /**
   * Sends a message. Succeeds when it is durable. It is perceived in the next tick (`steer`) unless a mode says otherwise;
   * with `interrupt` also what is being done has been stopped then.
   */
  readonly tell: (
    message: string,
    options?: { readonly mode?: SteeringMode }
  ) => Effect.Effect<void, AgentError | JournalError>
  /** Lets exactly one waiting call run, and with a wider scope also later ones like it. */
  readonly approve: (approvalId: string, answer: ApprovalGrant) => Effect.Effect<void, AgentError | JournalError>
  /** Refuses a waiting call; the model is told so. */
  readonly deny: (approvalId: string, answer: ApprovalAnswer) => Effect.Effect<void, AgentError | JournalError>
  /** Ends the open run: what is running is interrupted, and the run finishes as cancelled. */
  readonly cancel: (reason: string) => Effect.Effect<void, AgentError | JournalError>
  /** Every event from the first on, then each new one as it becomes durable. */
  readonly events: Stream.Stream<EventRecord, JournalError>
  /** The same, after a sequence. */
  readonly eventsAfter: (sequence: number) => Stream.Stream<EventRecord, JournalError>
  /**
   * What the model says and thinks as it streams in. Not journaled; who listens late or slowly misses some. An answer that
   * broke off and is asked for again begins again.
   */
  readonly deltas: Stream.Stream<ModelDelta>
  /** The same, but only what it says. */
  readonly text: Stream.Stream<string>
  /** The last durable state. */
  readonly snapshot: Effect.Effect<AgentView, JournalError>
  /** Ends the open run as cancelled, stops the children, closes the session and forgets the agent. */
  readonly stop: Effect.Effect<void, JournalError>
}

/**
 * Makes the handle of an actor. `remove` takes it out of the registry.
 */
export const makeAgent = (
  runtime: AgentRuntime,
  agent: AgentActor,
  stop: Effect.Effect<void, JournalError>,
  model: typeof Model.Service
): Agent => {
  const send = (actor: EventActor, make: Parameters<typeof deliver<void>>[3]) => deliver(runtime, agent, actor, make)
  const waitFor = (runId: string) =>
    Deferred.await(agent.waitFor(runId, () => Deferred.unsafeMake(Fiber.id(Fiber.void))))
  const eventsAfter = (after: number) => runtime.pen.journal.tail({ ...agent.stream, after })
  const deltas = Stream.asyncPush<ModelDelta>(
    (emit) =>
      Effect.acquireRelease(
        Effect.sync(() => agent.listen((delta) => emit.single(delta))),
        (unlisten) => Effect.sync(unlisten)
      ),
    { bufferSize: Limits.mailboxMessagesMax, strategy: "sliding" }
  )
  return {
    sessionId: agent.sessionId,
    name: agent.name,
    run: (objective, options) =>
      Effect.gen(function* () {
        const content = yield* checkMessage(agent, objective)
        const budget = yield* checkBudget(agent, { ...defaultBudget, ...options?.budget })
        const runId = yield* runtime.pen.ids.ulid
        // Registered before the run can end.
        const outcome = waitFor(runId)
        yield* deliver(runtime, agent, { type: "user" }, (state) =>
          state.run === undefined
            ? Either.right({
                kinds: [{ type: "UserMessage", content }, runStarted(state, { model }, runId, budget)],
                value: undefined
              })
            : Either.left(refusal(agent, "Busy", `has an open run, ${state.run.runId}; wait for its end or cancel it`))
        ).pipe(Effect.onError(() => Effect.sync(() => agent.takeWaiters(runId))))
        return yield* outcome
      }),
    outcome: Effect.flatMap(runtime.load(agent), ({ committed: { run, lastRun } }) => {
      if (run !== undefined) return waitFor(run.runId)
      return lastRun === undefined
        ? Effect.fail(refusal(agent, "NotRunning", "has not run yet"))
        : Effect.succeed(lastRun)
    }),
    tell: makeTelling(runtime, agent),
    ...makeApproving(runtime, agent),
    cancel: (reason) =>
      Effect.zipRight(
        send({ type: "user" }, ({ run }) =>
          run === undefined
            ? Either.left(refusal(agent, "NotRunning", "has no open run to cancel"))
            : Either.right({
                kinds: [{ type: "ExternalSignal", signalType: cancelSignal, data: reason }],
                value: undefined
              })
        ),
        stopActing(agent, ({ run }) => run?.cancelled !== undefined)
      ),
    events: eventsAfter(0),
    eventsAfter,
    deltas,
    text: Stream.filterMap(deltas, ({ text, type }) => (type === "text" ? Option.some(text) : Option.none())),
    snapshot: Effect.map(runtime.load(agent), (live) =>
      viewOf(agent.sessionId, live.committed, live.committedSequence)
    ),
    stop
  }
}
