/**
 * An agent as its users hold it: its handle, its runs and messages, and its state.
 *
 * @since 0.1.0
 * @module
 */
export {
  type Agent,
  type AgentInfo as Info,
  type AgentView as View,
  type ContextOptions,
  type RunOptions
} from "./actors/index.js"
export {
  type AgentState as State,
  AgentStateVector as StateVector,
  BudgetState as Budget,
  ClosedRun,
  defaultBudget,
  defaultSoul,
  initialVector,
  MessageError,
  nextPhase,
  OpenRun,
  OperatingMode,
  operatingModes,
  Plan,
  QueuedMessage,
  RiskLevel,
  RunEnd,
  RunError,
  SoulProfile as Soul,
  SteeringMode,
  TickPhase,
  tickPhases
} from "./layers/aios/index.js"
