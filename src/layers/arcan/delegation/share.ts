/**
 * The share of an agent's budget and rights that a sub-agent gets.
 */
import {
  type AgentPlace,
  type AgentState,
  type BudgetState,
  type Capability,
  capabilityCovers,
  countsAgainstBudget,
  type PolicySet
} from "../../aios/index.js"
import { limits } from "./limits.js"

/**
 * The tool whose calls share a budget.
 */
export const toolName = "delegate"

/**
 * The input of a call.
 *
 * - `name`: name of the sub-agent; a suffix makes it unique
 * - `capabilities`: rights of the sub-agent, a part of the agent's own. @default all of them
 * - `budget`: limits below the share of the sub-agent. @default the share
 */
export interface Request {
  readonly objective: string
  readonly name?: string | undefined
  readonly capabilities?: ReadonlyArray<Capability> | undefined
  readonly budget?:
    | {
        readonly tokens?: number | undefined
        readonly ticks?: number | undefined
        readonly toolCalls?: number | undefined
      }
    | undefined
}

/**
 * Reason why an agent cannot have the sub-agent it asks for; `undefined` if it can.
 */
export const problemOf = (
  { children, depth }: AgentPlace,
  { capabilities = [] }: Request,
  { policy }: AgentState,
  share: BudgetState
): string | undefined => {
  if (depth >= limits.subAgentDepthMax) {
    return `a sub-agent ${limits.subAgentDepthMax} deep has no sub-agents of its own; do it yourself`
  }
  if (children >= limits.subAgentsMax) {
    return `${limits.subAgentsMax} sub-agents are at work already; wait for one to end`
  }
  const own = capabilities.find((wanted) => !policy.allow.some((allowed) => capabilityCovers(allowed, wanted)))
  if (own !== undefined) return `you cannot give away ${own}, which you do not have yourself`
  if (share.tokensRemaining < 1 || share.ticksRemaining < 1) return "too little of your budget is left to share it"
  return undefined
}

/**
 * The policy of a sub-agent.
 */
export const policyFor = (policy: PolicySet, { capabilities }: Request): PolicySet => ({
  ...policy,
  allow: capabilities ?? policy.allow,
  // A person who answers approvals watches the agent, not its sub-agents.
  unattended: true
})

/**
 * The budget of a sub-agent. Each `delegate` call of one act, and the agent itself, gets an equal share of what is left
 * after this act. One tick is kept back, so that the agent can read their answers.
 */
export const shareOf = ({ act, budget, calls }: AgentState, { budget: wanted = {} }: Request): BudgetState => {
  const made = [...calls.filter(({ status }) => status === "started"), ...act.results.filter(countsAgainstBudget)]
  const heads = 1 + made.filter((call) => call.toolName === toolName).length
  const least = (share: number, less = share): number => Math.min(share, less)
  return {
    tokensRemaining: least(Math.floor(budget.tokensRemaining / heads), wanted.tokens),
    costRemainingUsd: Math.floor((budget.costRemainingUsd * 1e6) / heads) / 1e6,
    toolCallsRemaining: least(
      Math.floor(Math.max(budget.toolCallsRemaining - made.length, 0) / heads),
      wanted.toolCalls
    ),
    ticksRemaining: least(Math.floor(Math.max(budget.ticksRemaining - 1, 0) / heads), wanted.ticks),
    // The sub-agents work at the same time; the other half is for the agent, which waits for them.
    timeRemainingMs: Math.floor(budget.timeRemainingMs / 2),
    errorBudgetRemaining: budget.errorBudgetRemaining
  }
}
