/**
 * The machine of an agent, for a stock actor of XState, for pictures and for tests. It needs no running system.
 *
 * @since 0.1.0
 * @module
 */
export { initialState, type ModeThresholds } from "./layers/aios/index.js"
export {
  type AgentContext as Context,
  type AgentEvent as Event,
  type AgentInput as Input,
  agentMachine,
  agentSnapshot as snapshot,
  type AgentSnapshot as Snapshot,
  type Choice,
  eventLeadingTo,
  eventOfPhase,
  type Facts,
  factsOf,
  modes,
  type ModeRule,
  type ModeTag,
  RefusedEvent,
  ruleNames,
  ruleNow,
  rules,
  snapshotOf,
  toMermaid
} from "./machines/index.js"
