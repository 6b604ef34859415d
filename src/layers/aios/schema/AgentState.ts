/**
 * State of an agent, as the fold of its journal gives it. The state is small and bounded, because the conversation
 * stays in the journal and is read from there.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ActLog, emptyAct } from "./ActLog.js"
import { AgentStateVector, BudgetState, defaultBudget, initialVector, RiskLevel } from "./AgentStateVector.js"
import { StandingGrant } from "./Grant.js"
import { OperatingMode } from "./OperatingMode.js"
import { Plan, RunEnd } from "./Plan.js"
import { defaultPolicy, PolicySet } from "./PolicySet.js"
import { defaultSoul, SoulProfile } from "./SoulProfile.js"
import { QueuedMessage } from "./SteeringMode.js"
import { TickPhase } from "./TickPhase.js"
import { TokenUsage } from "./TokenUsage.js"
import { ToolCallRequest } from "./Tool.js"
import { Withheld } from "./Withheld.js"

/**
 * Terms of an approval: what the gated call needs, the reason for asking, and the time limit of the answer.
 *
 * @since 0.1.0
 * @category models
 */
export const ApprovalTerms = Schema.Struct({
  capabilities: Schema.Array(Schema.String),
  risk: RiskLevel,
  reason: Schema.optional(Schema.String),
  /** Gate of a subsystem that asks, too. */
  askedBy: Schema.optional(Schema.String),
  /** Time limit of the answer, in milliseconds since the epoch; absent in journals that record no time limit. */
  dueAt: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 * @category models
 */
export type ApprovalTerms = typeof ApprovalTerms.Type

/**
 * A call the model asked for that has no outcome yet.
 *
 * - `requested`: not decided
 * - `gated`: waits for the approval `approvalId`
 * - `granted`: a person approved exactly this call
 * - `refused`: a person refused it
 * - `started`: it may have run; without an outcome after a restart it is in doubt
 *
 * @since 0.1.0
 * @category models
 */
export const PendingCall = Schema.Struct({
  ...ToolCallRequest.fields,
  status: Schema.Literal("requested", "gated", "granted", "refused", "started"),
  approvalId: Schema.optional(Schema.String),
  /** Terms of the approval that the call waits for or had. */
  request: Schema.optional(ApprovalTerms),
  /** Reason of the refusal; names the actor if the actor gave no reason. */
  answer: Schema.optional(Schema.String),
  /** Actor that approved the call with changed arguments; `input` has the changed arguments. */
  editedBy: Schema.optional(Schema.String),
  /** Position of this call in a streak of identical calls; absent for the first. */
  repetition: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 * @category models
 */
export type PendingCall = typeof PendingCall.Type

/**
 * A call that waits for an approval, with its id and its terms.
 *
 * @since 0.1.0
 * @category models
 */
export type WaitingCall = PendingCall & { readonly approvalId: string; readonly request: typeof ApprovalTerms.Type }

/**
 * The run in progress.
 *
 * @since 0.1.0
 * @category models
 */
export const OpenRun = Schema.Struct({
  runId: Schema.String,
  /** Sequence of the message with the objective. */
  objectiveSequence: Schema.Int,
  /** Sequence of its RunStarted. */
  startSequence: Schema.Int,
  ticks: Schema.Int,
  usage: TokenUsage,
  costUsd: Schema.Number,
  /** Budget at the start of the run. */
  budget: Schema.optional(BudgetState),
  /** Last text of the model, and the reason why the model stopped. */
  answer: Schema.optional(Schema.String),
  stopReason: Schema.optional(Schema.String),
  /** Set when a caller has cancelled the run. */
  cancelled: Schema.optional(Schema.String),
  /** Set when the model has failed and a retry cannot help. */
  failed: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type OpenRun = typeof OpenRun.Type

/**
 * Outcome of the last run.
 *
 * @since 0.1.0
 * @category models
 */
export const ClosedRun = Schema.Struct({
  runId: Schema.String,
  reason: Schema.Union(RunEnd, Schema.Literal("error")),
  ticks: Schema.Int,
  usage: TokenUsage,
  costUsd: Schema.Number,
  finalAnswer: Schema.optional(Schema.String),
  error: Schema.optional(Schema.String),
  /** Changes that no check has read: their paths, or the tools that made them. */
  unverified: Schema.optional(Schema.Array(Schema.String))
})

/**
 * @since 0.1.0
 * @category models
 */
export type ClosedRun = typeof ClosedRun.Type

/**
 * A change that no check has read since it was made. A change without a path is checked by any later call that only
 * reads.
 *
 * @since 0.1.0
 * @category models
 */
export const UnverifiedChange = Schema.Struct({
  toolName: Schema.String,
  /** Path from the workspace root, with a leading slash. */
  path: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type UnverifiedChange = typeof UnverifiedChange.Type

/**
 * The folded state of an agent. Checkpoints hold it, and `stateHash` hashes it.
 *
 * @since 0.1.0
 * @category models
 */
export const AgentState = Schema.Struct({
  agentId: Schema.String,
  name: Schema.String,
  parentId: Schema.optional(Schema.String),
  soul: SoulProfile,
  policy: PolicySet,
  /** Route of the agent's model requests; absent for the default route. */
  model: Schema.optional(Schema.String),
  mode: OperatingMode,
  /** The rule of the agent machine that led to the mode; absent until a rule was recorded. */
  modeRule: Schema.optional(Schema.String),
  phase: TickPhase,
  tick: Schema.Int,
  plan: Schema.optional(Plan),
  vector: AgentStateVector,
  budget: BudgetState,
  run: Schema.optional(OpenRun),
  lastRun: Schema.optional(ClosedRun),
  calls: Schema.Array(PendingCall),
  /** Standing grants, the oldest first. */
  grants: Schema.optional(Schema.Array(StandingGrant)),
  /** Last call of this run: the SHA-256 of its tool and arguments, and the length of its streak. */
  lastCall: Schema.optional(Schema.Struct({ signature: Schema.String, count: Schema.Int })),
  act: ActLog,
  /** Changes that no check has read since they were made, the oldest first; at most `Limits.unverifiedChangesMax`. */
  unverified: Schema.optional(Schema.Array(UnverifiedChange)),
  /** True when the agent has entered Verify and changes from before are still unverified. */
  checkOwed: Schema.optional(Schema.Boolean),
  /** Effect that the advisers withhold, and their gauges by `<subsystem>.<gauge>`. */
  withheld: Schema.optional(Withheld),
  gauges: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Number })),
  /** Number of events that calls of the open turn account for in earlier ticks; absent unless calls were deferred. */
  turnEvents: Schema.optional(Schema.Int),
  /** Messages that wait for the end of the run, in the order in which they came. */
  queue: Schema.optional(Schema.Array(QueuedMessage)),
  /** `queueId` of the message that interrupts the calls of the run; absent once these calls have ended. */
  interruption: Schema.optional(Schema.String),
  /** Number of messages, signals and approvals in the journal that the agent has not perceived yet. */
  unperceived: Schema.Int,
  /** Sequence of the first event that the model still sees, and an estimate of the tokens of all that it sees. */
  transcriptFrom: Schema.Int,
  transcriptTokens: Schema.Int,
  /** Tokens that the provider counts for one estimated token; absent until the provider has counted. */
  calibration: Schema.optional(Schema.Number),
  /** Tick and sequence of the last checkpoint. */
  checkpointTick: Schema.Int,
  checkpointSequence: Schema.Int,
  closed: Schema.Boolean
})

/**
 * @since 0.1.0
 * @category models
 */
export type AgentState = typeof AgentState.Type

/**
 * No tokens used.
 *
 * @since 0.1.0
 * @category constants
 */
export const noUsage: TokenUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

// Every session begins with this same object, so code that mutates a state would change every session.
const frozen = <A>(value: A): A => {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part)
    Object.freeze(value)
  }
  return value
}

/**
 * The state before the first event.
 *
 * @since 0.1.0
 * @category constants
 */
export const initialState: AgentState = frozen({
  agentId: "",
  name: "",
  soul: defaultSoul,
  policy: defaultPolicy,
  mode: "Explore",
  phase: "perceive",
  tick: 0,
  vector: initialVector,
  budget: defaultBudget,
  calls: [],
  act: emptyAct,
  unperceived: 0,
  transcriptFrom: 0,
  transcriptTokens: 0,
  checkpointTick: 0,
  checkpointSequence: 0,
  closed: false
})
