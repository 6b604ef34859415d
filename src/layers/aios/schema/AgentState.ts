/**
 * Everything an agent is, as the fold of its journal gives it. Small and bounded: the conversation itself stays in the
 * journal and is read from there.
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
import { QueuedMessage } from "./Steering.js"
import { TickPhase } from "./TickPhase.js"
import { TokenUsage } from "./TokenUsage.js"
import { ToolCallRequest } from "./Tool.js"
import { Withheld } from "./Withheld.js"

/**
 * What a gated call needs, why that is asked for, and when it is too late to answer.
 *
 * @since 0.1.0
 * @category models
 */
export const ApprovalTerms = Schema.Struct({
  capabilities: Schema.Array(Schema.String),
  risk: RiskLevel,
  reason: Schema.optional(Schema.String),
  /** Milliseconds since the epoch; absent in journals that know no time limit. */
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
  /** What was asked for, and until when. */
  request: Schema.optional(ApprovalTerms),
  /** What the person said. */
  answer: Schema.optional(Schema.String),
  /** Who changed the arguments before approving; `input` has the changed ones. */
  editedBy: Schema.optional(Schema.String),
  /** The how-manieth call in a row with the same arguments this is, from the second on. */
  repetition: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 * @category models
 */
export type PendingCall = typeof PendingCall.Type

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
  /** What it was given at its start. */
  budget: Schema.optional(BudgetState),
  /** The last text of the model, and why it stopped. */
  answer: Schema.optional(Schema.String),
  stopReason: Schema.optional(Schema.String),
  /** Set when somebody asked for the end of the run. */
  cancelled: Schema.optional(Schema.String),
  /** Set when the model failed for good. */
  failed: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type OpenRun = typeof OpenRun.Type

/**
 * How the last run ended.
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
 * A change that no check has read since it was made. Without a path, any later call that only reads is a check of it.
 *
 * @since 0.1.0
 * @category models
 */
export const UnverifiedChange = Schema.Struct({
  toolName: Schema.String,
  /** From the workspace root, with a slash in front. */
  path: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export type UnverifiedChange = typeof UnverifiedChange.Type

/**
 * The folded state of an agent. It is what checkpoints hold and what `stateHash` hashes.
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
  /** The route of its model requests, where that is not the default. */
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
  /** Approvals that stand, the oldest first. */
  grants: Schema.optional(Schema.Array(StandingGrant)),
  /** The last call of this run, by the SHA-256 of its tool and arguments, and how often it came in a row. */
  lastCall: Schema.optional(Schema.Struct({ signature: Schema.String, count: Schema.Int })),
  act: ActLog,
  /** Changes that no check has read since they were made, the oldest first; at most `Limits.unverifiedChangesMax`. */
  unverified: Schema.optional(Schema.Array(UnverifiedChange)),
  /** Verify was entered, and changes from before are still unverified. */
  checkOwed: Schema.optional(Schema.Boolean),
  /** What advisers have withheld, and their gauges by `<subsystem>.<gauge>`. */
  withheld: Schema.optional(Withheld),
  gauges: Schema.optional(Schema.Record({ key: Schema.String, value: Schema.Number })),
  /** Events that the calls of the open turn stood for in earlier ticks; absent unless calls were deferred. */
  turnEvents: Schema.optional(Schema.Int),
  /** Messages that wait for the end of the run, in the order in which they came. */
  queue: Schema.optional(Schema.Array(QueuedMessage)),
  /** The message that cuts off what is being done, until that has happened. */
  interruption: Schema.optional(Schema.String),
  /** Messages, signals and approvals that stand in the journal and were not perceived yet. */
  unperceived: Schema.Int,
  /** The first event of the conversation the model still sees, and an estimate of the tokens of all it sees. */
  transcriptFrom: Schema.Int,
  transcriptTokens: Schema.Int,
  /** What the provider counts for each token we estimate, once it has counted. */
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

// Every session begins with this very value, so that whoever changes what it is shown would change all of them.
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
