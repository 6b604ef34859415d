/**
 * An agent as its users hold it.
 *
 * @since 0.1.0
 */
import type { Effect, Option, Stream } from "effect"
import {
  type AgentState,
  type AgentStateVector,
  type ApprovalError,
  type BudgetState,
  type Capability,
  type ClosedRun,
  defaultModeThresholds,
  type EventRecord,
  type EventRecordOf,
  type EventType,
  type GrantScope,
  type JournalError,
  type Json,
  type MessageError,
  type ModelDelta,
  type ModeThresholds,
  type OpenRun,
  type OperatingMode,
  type QueuedMessage,
  type RunError,
  type SteeringMode,
  type Subsystem,
  type TickPhase,
  type WaitingCall
} from "../layers/aios/index.js"
import {
  approvalsOf,
  type Folded,
  type ModeRule,
  ruleNow,
  type SessionFold,
  sessionFold,
  unverifiedNames
} from "../machines/index.js"

/**
 * View of an agent at a sequence of its journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentView {
  readonly sessionId: string
  readonly name: string
  readonly mode: OperatingMode
  /** The rule of the agent machine that led to the mode; absent before the first change. */
  readonly modeRule?: string
  /** The rule that holds now, the mode it chooses and its reason: the answer that Regulate would get. */
  readonly regulation: { readonly rule: ModeRule; readonly mode: OperatingMode; readonly reason: string }
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
  readonly approvals: ReadonlyArray<WaitingCall>
  /** Messages that wait for the end of the run. */
  readonly queue: ReadonlyArray<QueuedMessage>
  /** Changes that no check has read: their paths, or the tools that made them. */
  readonly unverified: ReadonlyArray<string>
}

/**
 * The view of a folded state. The journal does not hold the thresholds of an agent, so the caller must give the
 * thresholds of a custom system.
 *
 * @since 0.1.0
 * @category constructors
 */
export const viewOf = (
  sessionId: string,
  session: Pick<Folded, "sequence" | "state" | "values">,
  { fold = sessionFold, thresholds = defaultModeThresholds }: ViewOptions = {}
): AgentView => {
  const { sequence, state } = session
  return {
    sessionId,
    name: state.name,
    mode: state.mode,
    ...(state.modeRule === undefined ? {} : { modeRule: state.modeRule }),
    regulation: ruleNow(state, thresholds),
    phase: state.phase,
    tick: state.tick,
    vector: state.vector,
    budget: state.budget,
    head: sequence,
    // Computed on access: hashing is most of the cost of a snapshot, and few callers read the hash.
    get stateHash() {
      return fold.hash(session)
    },
    ...(state.run === undefined ? {} : { run: state.run }),
    ...(state.lastRun === undefined ? {} : { lastRun: state.lastRun }),
    approvals: approvalsOf(state),
    queue: state.queue ?? [],
    unverified: unverifiedNames(state)
  }
}

/**
 * The fold and the thresholds of a custom system.
 *
 * @since 0.1.0
 * @category models
 */
export interface ViewOptions {
  /** @default sessionFold */
  readonly fold?: SessionFold
  /** @default defaultModeThresholds */
  readonly thresholds?: ModeThresholds
}

/**
 * The person who answers an approval, and the reason.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApprovalAnswer {
  readonly actor: string
  readonly reason?: string
}

/**
 * An approval. It covers the waiting call alone, or later calls too if its scope says so.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApprovalGrant extends ApprovalAnswer {
  /** @default "once"; "pattern" if there is a pattern */
  readonly scope?: GrantScope
  /**
   * Pattern of capabilities. A later call whose capabilities it covers needs no new approval. It must cover the
   * capabilities of the waiting call.
   */
  readonly pattern?: Capability
  /** Confirms the pattern `*`, which lifts every gate for the rest of the session. @default false */
  readonly everything?: boolean
  /** Other arguments to run the call with. Allowed with scope `once` only. */
  readonly input?: Json
}

/**
 * An answer to an approval: lets the call run, or refuses it.
 *
 * @since 0.1.0
 * @category models
 */
export type ApprovalReply =
  | ({ readonly decision: "approve" } & ApprovalGrant)
  | ({ readonly decision: "deny" } & ApprovalAnswer)

/**
 * Options of a run.
 *
 * @since 0.1.0
 * @category options
 */
export interface RunOptions {
  /** @default defaultBudget, also for the fields that it leaves out */
  readonly budget?: Partial<BudgetState>
  /**
   * Answers each call that waits for an approval during the run. An answer that does not fit is logged as a warning,
   * and the call goes on waiting.
   *
   * @default none: a warning names the approval, and `agent.approve` or `agent.deny` answers it
   */
  readonly onApproval?: (call: WaitingCall) => ApprovalReply | Effect.Effect<ApprovalReply>
  /**
   * Gives a run that ended in an error as a value, with the reason `error`. Without it, `run` fails with the reason
   * `Errored`.
   *
   * @default false
   */
  readonly outcome?: boolean
}

/**
 * A handle on an agent. It stays valid while the agent is passivated, restarted or moved to another fiber.
 *
 * @since 0.1.0
 * @category models
 */
export interface Agent {
  readonly sessionId: string
  readonly name: string
  /** Starts a run, and gives its id when the run is durable. `outcome` waits for its end. */
  readonly start: (
    objective: string,
    options?: Pick<RunOptions, "budget">
  ) => Effect.Effect<string, MessageError | RunError | JournalError>
  /** Starts a run and waits for its end. Fails when the run ends in an error, unless the options ask for its outcome. */
  readonly run: (
    objective: string,
    options?: RunOptions
  ) => Effect.Effect<ClosedRun, MessageError | RunError | JournalError>
  /** Waits for the end of the open run. If no run is open, gives the last run. A run that ended in an error is a value. */
  readonly outcome: Effect.Effect<ClosedRun, RunError | JournalError>
  /**
   * Sends a message. Succeeds when the message is durable. The mode says when the agent perceives it; with `steer` that
   * is the next tick. With `interrupt` the effect succeeds only after the act in progress has stopped.
   *
   * @default "steer"
   */
  readonly tell: (
    message: string,
    options?: { readonly mode?: SteeringMode }
  ) => Effect.Effect<void, MessageError | JournalError>
  /** Lets exactly one waiting call run. A wider scope also covers later calls like it. */
  readonly approve: (approvalId: string, answer: ApprovalGrant) => Effect.Effect<void, ApprovalError | JournalError>
  /** Refuses a waiting call. The model is told of the refusal. */
  readonly deny: (approvalId: string, answer: ApprovalAnswer) => Effect.Effect<void, ApprovalError | JournalError>
  /** Ends the open run: interrupts the act in progress, and the run finishes as cancelled. */
  readonly cancel: (reason: string) => Effect.Effect<void, RunError | JournalError>
  /** Every event from the first on, then each new one as it becomes durable. */
  readonly events: Stream.Stream<EventRecord, JournalError>
  /** Every event after a sequence, then each new one as it becomes durable. */
  readonly eventsAfter: (sequence: number) => Stream.Stream<EventRecord, JournalError>
  /**
   * The events of some types, from the first on, then each new one as it becomes durable. The types narrow the body.
   *
   * @example
   * ```ts
   * import { Effect, Stream } from "effect"
   * import type { Agent } from "life-agent-os"
   *
   * export const printResults = (agent: Agent.Agent) =>
   *   Stream.runForEach(agent.eventsOf("ToolResult"), ({ kind }) => Effect.log(`${kind.callId}: ${kind.status}`))
   * ```
   */
  readonly eventsOf: <T extends EventType>(
    ...types: readonly [T, ...ReadonlyArray<T>]
  ) => Stream.Stream<EventRecordOf<T>, JournalError>
  /**
   * Text and thoughts of the model as they stream in. They are not journaled: a late or slow listener misses some. When
   * an answer breaks off and the model is asked again, the answer starts over.
   */
  readonly deltas: Stream.Stream<ModelDelta>
  /** The text of the model as it streams in, without its thoughts. */
  readonly text: Stream.Stream<string>
  /** The view of the agent as of its last durable event. */
  readonly snapshot: Effect.Effect<AgentView, JournalError>
  /**
   * The value of the projection of a subsystem as of the last durable event. `None` if the system does not have the
   * subsystem.
   *
   * @example
   * ```ts
   * import { Effect } from "effect"
   * import { type Agent, Memory } from "life-agent-os"
   *
   * export const memoriesOf = (agent: Agent.Agent) => Effect.flatten(agent.projection(Memory.memory))
   * ```
   */
  readonly projection: <T extends Subsystem.Any>(
    subsystem: T
  ) => Effect.Effect<Option.Option<Subsystem.ValueOf<T>>, JournalError>
  /** The folded state as of the last durable event. */
  readonly state: Effect.Effect<AgentState, JournalError>
  /** Ends the open run as cancelled, stops the children, closes the session and forgets the agent. */
  readonly stop: Effect.Effect<void, JournalError>
}
