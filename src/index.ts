/**
 * Life: an operating system for autonomous agents.
 *
 * @since 0.1.0
 */
export { ActorSystem, type ActorSystemOptions, type SpawnOptions } from "./actors/ActorSystem.js"
export { type Agent, type AgentView } from "./actors/Agent.js"
export type { RestartPolicy } from "./actors/AgentActor.js"
export { AgentError } from "./actors/AgentError.js"
export type { ApprovalAnswer, ApprovalGrant } from "./actors/approving.js"
export type { ContextOptions } from "./actors/context/request.js"
export type { AgentInfo } from "./actors/Registry.js"
export { replay, type Replay } from "./actors/replay.js"
export * as Inspector from "./Inspector.js"
export * from "./layers/aios/index.js"
export { FileIdentity } from "./layers/anima/index.js"
export {
  AnthropicModel,
  generateObject,
  type GeneratedObject,
  Hooks,
  ModelRouter,
  ObjectError,
  type ObjectRequest,
  OpenAiModel,
  Providers,
  ReplayModel,
  ScoutModel,
  ScriptedModel
} from "./layers/arcan/index.js"
export { Autonomic } from "./layers/autonomic/index.js"
export { MemoryBlobs, SqliteJournal } from "./layers/lago/index.js"
export { Praxis, Tool, WorkspaceError } from "./layers/praxis/index.js"
export { Telemetry } from "./layers/vigil/index.js"
export * as Life from "./Life.js"
export type { ClosedRun, OpenRun, PendingCall } from "./machines/AgentState.js"
export { defaultSupervision, type RestartStrategy, type SupervisionOptions } from "./machines/system.js"
