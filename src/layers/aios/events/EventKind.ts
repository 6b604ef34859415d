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
import { SteeringMode } from "../schema/SteeringMode.js"
import { TickPhase } from "../schema/TickPhase.js"
import { ToolStatus } from "../schema/Tool.js"

const Text = Schema.String
const Count = Schema.Int.pipe(Schema.nonNegative())
const opt = Schema.optional

/** Key and signature of who gave the rights; absent in journals of earlier versions. */
const signedBy = opt(Schema.Struct({ publicKey: Text, signature: Text }))

/**
 * The fields of each kind. The face of the contract does not export them; this file exports them for the declarations.
 */
export const fields = {
  // input, session, branch
  UserMessage: { content: Text },
  ExternalSignal: { signalType: Text, data: Json },
  // `model`: route of the session's model requests; absent for the default route.
  SessionCreated: {
    name: Text,
    agentId: Text,
    parentId: opt(Text),
    soul: SoulProfile,
    policy: PolicySet,
    model: opt(Text),
    signedBy
  },
  // Settings that changed when the session was taken up again.
  SessionConfigured: { soul: opt(SoulProfile), policy: opt(PolicySet), model: opt(Text), signedBy },
  SessionResumed: { fromCheckpoint: opt(Count) },
  SessionClosed: { reason: Text },
  // loop and run
  // `passed`: phases of the same tick that were entered just before this one; see phasesOf.
  // `deferred`: calls of the turn that wait for a later tick, and the events that the turn's calls account for so far.
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
    // The whole text, if `content` is only its beginning.
    text: opt(BlobRef),
    // Own count of the request's tokens, to compare with the provider's count.
    requestTokens: opt(Count)
  },
  ModelFailed: { reason: Text, retryable: Schema.Boolean, message: Text },
  // tools
  ToolCall: { callId: Text, toolName: Text, input: Json, malformed: opt(Text) },
  // `note`: text for the model about the call, beside its output.
  // `usage`, `costUsd`: tokens and dollars of the run that the call used, for example through a sub-agent.
  // `reads` or `changes`: the effect of a call that ran, with the paths that the call names.
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
  // `summary` replaces the part that was left out. `outputCharactersMax`: kept texts that are longer were cut. The use
  // of a model that wrote the summary counts for the run. `failure` says why the model did not write it.
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
    /** All gated capabilities of this call. */
    capabilities: opt(Schema.Array(Text)),
    /** Rule that asks, and what the call would do. */
    reason: opt(Text),
    /** Gate of a subsystem that asks, too; no grant for other calls answers it. */
    askedBy: opt(Text),
    /** Time limit of the answer, after which the call is denied; milliseconds since the epoch. */
    dueAt: opt(Count)
  },
  ApprovalGranted: {
    approvalId: Text,
    actor: Text,
    reason: opt(Text),
    /** @default once */
    scope: opt(GrantScope),
    pattern: opt(Text),
    /** Arguments that replace the arguments of the call. */
    input: opt(Json),
    /** Capabilities that the call needs with these arguments and that the person has approved. */
    capabilities: opt(Schema.Array(Text)),
    signedBy
  },
  ApprovalDenied: { approvalId: Text, actor: Text, reason: opt(Text), signedBy },
  // homeostasis and checkpoints
  // `costUsd`: cost of the act that meters found besides the cost of its turns and calls.
  StateEstimated: { vector: AgentStateVector, budget: BudgetState, costUsd: opt(Schema.Number) },
  // `rule`: the rule of the agent machine that holds.
  ModeChanged: { from: OperatingMode, to: OperatingMode, reason: Text, rule: opt(Text) },
  // `withheld`: effect that the most restrictive adviser withholds from now on. `gauges`: gauges of all advisers, by
  // `<subsystem>.<gauge>`.
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
    /** The digest of the record at `eventSequence`: the signature over it covers every record before. */
    digest: Text,
    stateHash: Text,
    // Leaves of projections by subsystem. With leaves, the hash is a root over the kernel's state and the leaves.
    // `through`: sequence of a dormant leaf.
    leaves: opt(
      Schema.Record({ key: Text, value: Schema.Struct({ version: Count, hash: Text, through: opt(Count) }) })
    ),
    publicKey: Text,
    signature: Text
  },
  // The key of this process vouches from here on for a session that another key, or none, vouched for. The signature
  // covers the text of a checkpoint at the record before, with an empty state hash.
  IdentityAdopted: { eventSequence: Count, digest: Text, publicKey: Text, signature: Text },
  // queue
  Queued: { queueId: Text, mode: SteeringMode, message: Text },
  // `preemptedAt`: `model`, `tool:<name>:<call id>`, or a phase.
  Steered: { queueId: Text, preemptedAt: Text },
  // `queueId`: id of the first of the `processed` messages that were taken out.
  QueueDrained: { queueId: Text, processed: Count },
  // records of programs and tools
  Custom: { eventType: Text, data: Json }
} as const

type Fields = typeof fields

/**
 * Name of a kind in the taxonomy.
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
 * Gives the phases that a PhaseEntered stands for, in order. Phases of a tick that record nothing else and follow each
 * other within a millisecond share a record, so that a quiet phase costs no disk space.
 *
 * @since 0.1.0
 * @category combinators
 */
export const phasesOf = ({ passed = [], phase }: EventKindOf<"PhaseEntered">): ReadonlyArray<TickPhase> => [
  ...passed,
  phase
]
