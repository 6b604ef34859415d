/**
 * Limits of sub-agents.
 */

/**
 * The limits, and between them the relations that `delegation` asserts.
 */
export const limits = {
  /** Sub-agents of one agent at a time. */
  subAgentsMax: 8,
  /** Depth in the tree of agents; the sub-agent of a sub-agent's sub-agent is the last. */
  subAgentDepthMax: 3,
  /** Time that one sub-agent may take. */
  subAgentMsMax: 600_000,
  /** Grace period for a sub-agent to report after its own limit. */
  reportMsMax: 60_000
} as const
