/**
 * The outcomes of what is left when a run ends.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind } from "../../layers/aios/index.js"

/**
 * The outcomes of the calls that are left when a run ends, so that none stays without one.
 */
export const lastOutcomes = ({ calls }: AgentState): ReadonlyArray<EventKind> =>
  calls.map(({ callId, status }) => ({
    type: "ToolResult",
    callId,
    status: status === "started" ? "unknown" : "cancelled",
    output: {
      error: status === "started" ? "The agent was stopped while this call ran." : "The run ended before this call ran."
    },
    durationMs: 0
  }))
