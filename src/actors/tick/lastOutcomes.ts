/**
 * Outcomes of the open calls at the end of a run.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind } from "../../layers/aios/index.js"

/**
 * Gives the outcomes of the calls that are open at the end of a run, so that no call stays without an outcome.
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
