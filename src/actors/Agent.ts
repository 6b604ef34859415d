/**
 * An agent as its users hold it.
 *
 * @since 0.1.0
 */
import type { Effect, Stream } from "effect"
import {
  type AgentState,
  type AgentStateVector,
  type ApprovalError,
  type BudgetState,
  type Capability,
  type ClosedRun,
  defaultModeThresholds,
  type EventRecord,
  type GrantScope,
  type JournalError,
  type Json,
  type MessageError,
  type ModelDelta,
  type ModeThresholds,
  type OpenRun,
  type OperatingMode,
  type PendingCall,
  type QueuedMessage,
  type RunError,
  type SteeringMode,
  type TickPhase
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
 * What is known of an agent at a sequence of its journal.
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
  /** The rule that holds now, where it leads and why: the answer that Regulate would get. */
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
  readonly approvals: ReadonlyArray<PendingCall>
  /** Messages that wait for the end of the run. */
  readonly queue: ReadonlyArray<QueuedMessage>
  /** Changes that no check has read: their paths, or the tools that made them. */
  readonly unverified: ReadonlyArray<string>
}

/**
 * The view of a folded state. The thresholds of an agent are not in its journal; those of a system of one's own have to be
 * given.
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
    // Computed when it is looked at: hashing is most of the cost of a snapshot, and few look at the hash.
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
 * The fold and the thresholds of a system of one's own.
 *
 * @since 0.1.0
 * @category models
 */
export interface ViewOptions {
  readonly fold?: SessionFold
  readonly thresholds?: ModeThresholds
}

/**
 * Who answers an approval, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApprovalAnswer {
  readonly actor: string
  readonly reason?: string
}

/**
 * An approval. It is for the waiting call alone unless its scope says more.
 *
 * @since 0.1.0
 * @category models
 */
export interface ApprovalGrant extends ApprovalAnswer {
  /** `once` unless given; `pattern` when there is a pattern. */
  readonly scope?: GrantScope
  /** Calls whose capabilities it covers are not asked for again. It has to cover what the waiting call needs. */
  readonly pattern?: Capability
  /** Other arguments to run the call with. They go with scope `once` only. */
  readonly input?: Json
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
  /** Starts a run and waits for its end. The budget is `defaultBudget` where it is not given. */
  readonly run: (
    objective: string,
    options?: { readonly budget?: Partial<BudgetState> }
  ) => Effect.Effect<ClosedRun, MessageError | RunError | JournalError>
  /** Waits for the end of the open run; gives the last one when none is open. */
  readonly outcome: Effect.Effect<ClosedRun, RunError | JournalError>
  /**
   * Sends a message. Succeeds when it is durable. It is perceived in the next tick (`steer`) unless a mode says otherwise;
   * with `interrupt` also what is being done has been stopped then.
   */
  readonly tell: (
    message: string,
    options?: { readonly mode?: SteeringMode }
  ) => Effect.Effect<void, MessageError | JournalError>
  /** Lets exactly one waiting call run, and with a wider scope also later ones like it. */
  readonly approve: (approvalId: string, answer: ApprovalGrant) => Effect.Effect<void, ApprovalError | JournalError>
  /** Refuses a waiting call; the model is told so. */
  readonly deny: (approvalId: string, answer: ApprovalAnswer) => Effect.Effect<void, ApprovalError | JournalError>
  /** Ends the open run: what is running is interrupted, and the run finishes as cancelled. */
  readonly cancel: (reason: string) => Effect.Effect<void, RunError | JournalError>
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
  /** What is known of the agent as of its last durable event. */
  readonly snapshot: Effect.Effect<AgentView, JournalError>
  /** The folded state as of the last durable event. */
  readonly state: Effect.Effect<AgentState, JournalError>
  /** Ends the open run as cancelled, stops the children, closes the session and forgets the agent. */
  readonly stop: Effect.Effect<void, JournalError>
}
