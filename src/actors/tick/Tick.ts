/**
 * What the eight phases share: the mind they look at, the ports they use and the outcome they give.
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
 * What a phase may look at. Phases never change it; they say what happened, and the interpreter folds it in.
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
  /** What has happened since Learn was there last. */
  readonly log: TickLog
  /** Calls that Decide has prepared and Act will run, by call id. Not part of the state: Act can prepare them again. */
  readonly prepared: Map<string, PreparedTool>
  /** Absent where nobody traces or measures. */
  readonly telemetry: AgentTelemetry | undefined
}

/**
 * How Act reports while it runs: `emit` folds events in at once, with the span they come from if there is one, and
 * `flush` makes them durable.
 */
export interface Acting<E> {
  readonly mind: Mind
  readonly emit: (kinds: ReadonlyArray<EventKind | RawKind>, span?: Tracer.Span) => void
  readonly flush: Effect.Effect<void, E>
  readonly onDelta: (delta: ModelDelta) => void
  /** The process died in this act; what was started then is in doubt. */
  readonly inDoubt: boolean
}

/**
 * What a system of agents puts into every context, read once when it starts.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextOptions {
  /** Rules of the house, for example those of an AGENTS.md; they follow the rules that hold for every agent. */
  readonly instructions?: string
  /** The workspace by name. */
  readonly workspace?: string
}

/**
 * Every tool of a system, sorted by name, and the way to a call of one. `now` is asked while the call runs.
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
  /** What subsystems contribute to each phase. */
  readonly sockets: Sockets
  readonly homeostat: typeof Homeostat.Service
  readonly blobs: typeof BlobStore.Service
  readonly context: ContextOptions
  /** How long a call waits for an approval, in milliseconds. */
  readonly approvalTimeoutMs: number
  /** A new identifier. */
  readonly newId: () => string
}

/**
 * What a phase says: the events it stands for, and the machine event that completes it.
 */
export interface Outcome<E extends AgentEvent["type"]> {
  readonly kinds: ReadonlyArray<EventKind | RawKind>
  readonly event: Extract<AgentEvent, { readonly type: E }>
}

/**
 * What is to be done in Act: the plan, and the calls that wait for a later tick.
 */
export type Intent = Pick<EventKindOf<"PhaseEntered">, "deferred"> & { readonly plan: Plan }

/**
 * What Decide says. The machine chooses the mode by the event; `conclude` makes the plan for that mode.
 */
export interface Decision extends Outcome<"Decide"> {
  readonly conclude: (next: AgentSnapshot) => Intent
}
