/**
 * The machine of an agent, for a stock actor of XState, for pictures and for tests. It needs no running system.
 *
 * @since 0.1.0
 * @module
 */
export { initialState } from "./layers/aios/schema/AgentState.js"
export type { ModeThresholds } from "./layers/aios/schema/ModeThresholds.js"
export { eventLeadingTo, factsOf, ruleNow } from "./machines/agent/facts.js"
export {
  type AgentInput as Input,
  agentMachine,
  agentSnapshot as snapshot,
  type AgentSnapshot as Snapshot,
  eventOfPhase,
  RefusedEvent,
  snapshotOf
} from "./machines/agent/machine.js"
export {
  type AgentContext as Context,
  type AgentEvent as Event,
  type Choice,
  type Facts,
  type ModeRule,
  ruleNames,
  rules
} from "./machines/agent/modeRules.js"
export { modes, type ModeTag } from "./machines/agent/modes.js"
export { toMermaid } from "./machines/diagram.js"
