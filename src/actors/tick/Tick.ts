/**
 * Types that the eight phases share: the mind they look at, the ports they use and the outcome they give.
 *
 * @since 0.1.0
 */
import type { Effect, Tracer } from "effect"
import type {
  AgentState,
  BlobStore,
  EventKind,
  EventKindOf,
  Homeostat,
  Model,
  ModelDelta,
  Plan,
  RawKind,
  ToolCallRequest,
  ToolDefinition,
  ToolError
} from "../../layers/aios/index.js"
import type { AgentEvent, AgentSnapshot, ProjectionValues, TickLog, Transcript } from "../../machines/index.js"
import type { Moment } from "../sockets/Contribution.js"
import type { Services } from "../sockets/services.js"
import type { PreparedTool, Sockets } from "../sockets/Sockets.js"
import type { AgentTelemetry } from "../telemetry/AgentTelemetry.js"

/**
 * The view of an agent that a phase gets. A phase never changes it: the phase gives events, and the interpreter folds
 * them in.
 */
export interface Mind {
  readonly sessionId: string
  /** Sequence of the last event folded into the state. */
  readonly sequence: number
  readonly state: AgentState
  /** The values of the projections of subsystems. */
  readonly values: ProjectionValues
  /** The agent machine: the mode and the phase the agent is in. */
  readonly snapshot: AgentSnapshot
  readonly transcript: Transcript
  /** The log of events since the last Learn. */
  readonly log: TickLog
  /** Calls that Decide has prepared and Act will run, by call id. Not part of the state: Act can prepare them again. */
  readonly prepared: Map<string, PreparedTool>
  /** Absent if the system has no telemetry. */
  readonly telemetry: AgentTelemetry | undefined
}

/**
 * The functions by which Act reports while it runs: `emit` folds events in at once, with their span if there is one,
 * and `flush` makes them durable.
 */
export interface Acting<E> {
  readonly mind: Mind
  readonly emit: (kinds: ReadonlyArray<EventKind | RawKind>, span?: Tracer.Span) => void
  readonly flush: Effect.Effect<void, E>
  readonly onDelta: (delta: ModelDelta) => void
  /** True if a process died in this act: the calls that were started then are in doubt. */
  readonly inDoubt: boolean
}

/**
 * Texts that a system of agents puts into every context. They are read once, when the system starts.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextOptions {
  /** Custom rules, for example of an AGENTS.md. They follow the rules that hold for every agent. */
  readonly instructions?: string
  /** Name of the workspace folder. */
  readonly workspace?: string
}

/**
 * Every tool of a system, sorted by name, and the function that prepares a call. `now` is called while the call runs.
 */
export interface Tools {
  readonly definitions: ReadonlyArray<ToolDefinition>
  readonly prepare: (call: ToolCallRequest, now: () => Moment) => Effect.Effect<PreparedTool, ToolError, Services>
}

/**
 * The ports the phases use.
 */
export interface TickPorts {
  readonly model: typeof Model.Service
  /** The tools of the harness and of subsystems. */
  readonly tools: Tools
  /** The contributions of subsystems to each phase. */
  readonly sockets: Sockets
  readonly homeostat: typeof Homeostat.Service
  readonly blobs: typeof BlobStore.Service
  readonly context: ContextOptions
  /** Tells whether a call that begins to wait for an approval is worth a warning. */
  readonly warnsOfApproval: (runId: string | undefined) => boolean
  /** Milliseconds that a call waits for an approval. */
  readonly approvalTimeoutMs: number
  /** Makes a new identifier. */
  readonly newId: () => string
}

/**
 * Result of a phase: its events, and the machine event that completes the phase.
 */
export interface Outcome<E extends AgentEvent["type"]> {
  readonly kinds: ReadonlyArray<EventKind | RawKind>
  readonly event: Extract<AgentEvent, { readonly type: E }>
}

/**
 * Intent for Act: the plan, and the calls that wait for a later tick.
 */
export type Intent = Pick<EventKindOf<"PhaseEntered">, "deferred"> & { readonly plan: Plan }

/**
 * Result of Decide. The machine chooses the mode by the event; `conclude` makes the plan for that mode.
 */
export interface Decision extends Outcome<"Decide"> {
  readonly conclude: (next: AgentSnapshot) => Intent
}
