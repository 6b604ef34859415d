/**
 * An agent as its users hold it: its handle, its runs and messages, and its state.
 *
 * @since 0.1.0
 * @module
 */
export type { Agent, AgentView as View, RunOptions } from "./actors/Agent.js"
export type { AgentInfo as Info } from "./actors/Registry.js"
export type { ContextOptions } from "./actors/tick/Tick.js"
export { MessageError, RunError } from "./layers/aios/ports/AgentErrors.js"
export { type AgentState as State, ClosedRun, OpenRun } from "./layers/aios/schema/AgentState.js"
export {
  AgentStateVector as StateVector,
  BudgetState as Budget,
  defaultBudget,
  initialVector,
  RiskLevel
} from "./layers/aios/schema/AgentStateVector.js"
export { OperatingMode, operatingModes } from "./layers/aios/schema/OperatingMode.js"
export { Plan, RunEnd } from "./layers/aios/schema/Plan.js"
export { defaultSoul, SoulProfile as Soul } from "./layers/aios/schema/SoulProfile.js"
export { QueuedMessage, SteeringMode } from "./layers/aios/schema/SteeringMode.js"
export { nextPhase, TickPhase, tickPhases } from "./layers/aios/schema/TickPhase.js"
