/**
 * The shared runtime of a system's agents, as the commands of a handle need it.
 *
 * @since 0.1.0
 */
import type { Effect, Tracer } from "effect"
import type {
  AgentState,
  EventActor,
  EventKind,
  JournalError,
  ToolCallRequest,
  ToolError
} from "../../layers/aios/index.js"
import type { PreparedTool } from "../sockets/Sockets.js"
import type { AgentActor } from "./AgentActor.js"
import type { LiveAgent, Pen } from "./Session.js"

export interface Runtime {
  readonly pen: Pen
  /** Ids of the runs whose approvals a program answers. */
  readonly answered: Set<string>
  /** A call as the tools of the system prepare it. */
  readonly prepare: (live: LiveAgent, call: ToolCallRequest) => Effect.Effect<PreparedTool, ToolError>
  readonly load: (agent: AgentActor) => Effect.Effect<LiveAgent, JournalError>
  readonly wake: (agent: AgentActor) => Effect.Effect<void>
  readonly record: (
    agent: AgentActor,
    live: LiveAgent,
    kinds: ReadonlyArray<EventKind>,
    actor: EventActor,
    span?: Tracer.AnySpan
  ) => void
  readonly closeRun: (
    agent: AgentActor,
    end: (state: AgentState) => ReadonlyArray<EventKind>
  ) => Effect.Effect<AgentState, JournalError>
}
