/**
 * The taxonomy of events: every kind that this version makes. A journal may hold others; they are kept as raw text.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { AgentStateVector, BudgetState, RiskLevel } from "../schema/AgentStateVector.js"
import { BlobRef } from "../schema/BlobRef.js"
import { GrantScope } from "../schema/Grant.js"
import { Json } from "../schema/Json.js"
import { ModelFallback, TokenUsage } from "../schema/TokenUsage.js"
import { OperatingMode } from "../schema/OperatingMode.js"
import { Plan, RunEnd } from "../schema/Plan.js"
import { Withheld } from "../schema/Withheld.js"
import { PolicyDecision, PolicySet } from "../schema/PolicySet.js"
import { SoulProfile } from "../schema/SoulProfile.js"
import { SteeringMode } from "../schema/Steering.js"
import { TickPhase } from "../schema/TickPhase.js"
import { ToolStatus } from "../schema/Tool.js"

const Text = Schema.String
const Count = Schema.Int.pipe(Schema.nonNegative())
const opt = Schema.optional

/**
 * The fields of each kind. The face of the contract does not have them; the declarations need them.
 */
export const fields = {
  // input, session, branch
  UserMessage: { content: Text },
  ExternalSignal: { signalType: Text, data: Json },
  // `model`: the route its requests take, where that is not the default.
  SessionCreated: {
    name: Text,
    agentId: Text,
    parentId: opt(Text),
    soul: SoulProfile,
    policy: PolicySet,
    model: opt(Text)
  },
  // What was changed when the session was taken up again.
  SessionConfigured: { soul: opt(SoulProfile), policy: opt(PolicySet), model: opt(Text) },
  SessionResumed: { fromCheckpoint: opt(Count) },
  SessionClosed: { reason: Text },
  // loop and run
  // `passed`: phases of the same tick that were entered just before this one; see phasesOf.
  // `deferred`: calls of the turn that wait for a later tick, and the events that the turn's calls stand for so far.
  PhaseEntered: {
    phase: TickPhase,
    plan: opt(Plan),
    deferred: opt(Schema.Struct({ callIds: Schema.Array(Text), events: Count })),
    passed: opt(Schema.Array(TickPhase))
  },
  RunStarted: { runId: Text, provider: Text, model: Text, budget: BudgetState },
  RunFinished: {
    runId: Text,
    reason: RunEnd,
    ticks: Count,
    finalAnswer: opt(Text),
    usage: TokenUsage,
    costUsd: Schema.Number,
    // Changes that no check has read: their paths, or the tools that made them.
    unverified: opt(Schema.Array(Text))
  },
  RunErrored: { runId: Text, error: Text },
  AssistantMessage: {
    content: Text,
    model: Text,
    stopReason: Text,
    usage: TokenUsage,
    costUsd: opt(Schema.Number),
    other: opt(Schema.Array(Json)),
    retries: opt(Count),
    fallback: opt(ModelFallback),
    // The whole text, where `content` is only its beginning.
    text: opt(BlobRef),
    // Our own count of the request's tokens, so that it can be compared with the provider's.
    requestTokens: opt(Count)
  },
  ModelFailed: { reason: Text, retryable: Schema.Boolean, message: Text },
  // tools
  ToolCall: { callId: Text, toolName: Text, input: Json, malformed: opt(Text) },
  // `note`: what the model is told about the call beside its output.
  // `usage`, `costUsd`: what was used for the call of the run's tokens and dollars, as by a sub-agent.
  // `reads` or `changes`: the effect of a call that ran, with the paths it names.
  ToolResult: {
    callId: Text,
    status: ToolStatus,
    output: Json,
    durationMs: Count,
    note: opt(Text),
    usage: opt(TokenUsage),
    costUsd: opt(Schema.Number),
    ticks: opt(Count),
    toolCalls: opt(Count),
    reads: opt(Schema.Array(Text)),
    changes: opt(Schema.Array(Text))
  },
  // `summary` stands for what was left out; `outputCharactersMax`: longer texts of what is kept were cut. The use of a
  // model that wrote the summary counts for the run; `failure` says why it did not.
  ContextCompacted: {
    fromSequence: Count,
    droppedCount: Count,
    tokensBefore: Count,
    tokensAfter: Count,
    summary: opt(Text),
    summaryBy: opt(Schema.Literal("model", "extract")),
    failure: opt(Text),
    model: opt(Text),
    usage: opt(TokenUsage),
    costUsd: opt(Schema.Number),
    outputCharactersMax: opt(Count)
  },
  // files
  FileWritten: { path: Text, sha256: Text, sizeBytes: Count, contentType: opt(Text) },
  // policy and approvals
  PolicyEvaluated: { callId: Text, decision: PolicyDecision, ruleId: Text },
  ApprovalRequested: {
    approvalId: Text,
    callId: Text,
    toolName: Text,
    input: Json,
    /** The first of `capabilities`. */
    capability: Text,
    risk: RiskLevel,
    /** Everything of this call that is gated. */
    capabilities: opt(Schema.Array(Text)),
    /** Which rule asks, and what the call would do. */
    reason: opt(Text),
    /** When nobody has answered by then, it is denied; milliseconds since the epoch. */
    dueAt: opt(Count)
  },
  ApprovalGranted: {
    approvalId: Text,
    actor: Text,
    reason: opt(Text),
    /** `once` unless given. */
    scope: opt(GrantScope),
    pattern: opt(Text),
    /** The arguments to run the call with instead of its own. */
    input: opt(Json)
  },
  ApprovalDenied: { approvalId: Text, actor: Text, reason: opt(Text) },
  // homeostasis and checkpoints
  // `costUsd`: what meters found the act to cost besides its turns and calls.
  StateEstimated: { vector: AgentStateVector, budget: BudgetState, costUsd: opt(Schema.Number) },
  // `rule`: the rule of the agent machine that holds.
  ModeChanged: { from: OperatingMode, to: OperatingMode, reason: Text, rule: opt(Text) },
  // What advisers have withheld from now on, by the most restrictive of them, and their gauges by `<subsystem>.<gauge>`.
  GatesUpdated: {
    gates: Schema.Struct({
      withheld: opt(Withheld),
      gauges: opt(Schema.Record({ key: Text, value: Schema.Number }))
    }),
    reason: Text
  },
  CircuitBreakerTripped: { reason: Text, errorStreak: Count },
  CheckpointCreated: {
    checkpointId: Text,
    eventSequence: Count,
    /** The digest of the record at `eventSequence`: signing it vouches for everything before. */
    digest: Text,
    stateHash: Text,
    // Leaves of projections by subsystem: with them the hash is a root over the kernel's state and these. `through`: the
    // sequence at which the leaf of a subsystem that was missing stands.
    leaves: opt(
      Schema.Record({ key: Text, value: Schema.Struct({ version: Count, hash: Text, through: opt(Count) }) })
    ),
    publicKey: Text,
    signature: Text
  },
  // queue
  Queued: { queueId: Text, mode: SteeringMode, message: Text },
  // `preemptedAt`: `model`, `tool:<name>:<call id>`, or a phase.
  Steered: { queueId: Text, preemptedAt: Text },
  // `queueId`: the first of the `processed` messages that were taken out.
  QueueDrained: { queueId: Text, processed: Count },
  // what a program or a tool of its own records
  Custom: { eventType: Text, data: Json }
} as const

type Fields = typeof fields

/**
 * Every kind name the taxonomy knows.
 *
 * @since 0.1.0
 * @category models
 */
export type EventType = keyof Fields

/**
 * All kind names as an array.
 *
 * @since 0.1.0
 * @category models
 */
export const eventTypes = Object.keys(fields) as ReadonlyArray<EventType>

type KindOf<T extends EventType> = { readonly type: T } & Schema.Struct.Type<Fields[T]>

/**
 * The body of an event, told apart by `type`.
 *
 * @since 0.1.0
 * @category models
 */
export type EventKind = { readonly [T in EventType]: KindOf<T> }[EventType]

/**
 * One kind of event by name.
 *
 * @since 0.1.0
 * @category models
 */
export type EventKindOf<T extends EventType> = Extract<EventKind, { readonly type: T }>

/**
 * The phases a PhaseEntered stands for, in order. Phases of a tick that have nothing to say and follow each other within
 * a millisecond share a record, so that a quiet phase costs no disk.
 *
 * @since 0.1.0
 * @category combinators
 */
export const phasesOf = ({ passed = [], phase }: EventKindOf<"PhaseEntered">): ReadonlyArray<TickPhase> => [
  ...passed,
  phase
]
