/**
 * The actors: the system of agents, the handle on one of them, and what reads their journals.
 *
 * @since 0.1.0
 */
export { ActorSystem } from "./ActorSystem.js"
export type { ActorSystemOptions } from "./ActorSystemOptions.js"
export { checkpointText } from "./agent/Session.js"
export { type Agent, type AgentView, type ApprovalAnswer, type ApprovalGrant, viewOf } from "./Agent.js"
export { AgentError } from "./AgentError.js"
export { ofSession, type SessionOptions } from "./inspections.js"
export type { AgentInfo } from "./Registry.js"
export { foldStream, replay, type Replay } from "./replay.js"
export type { SpawnOptions } from "./SpawnOptions.js"
export type { Program, ProgramOptions, ProgramStatus } from "./supervision/Program.js"
export type { RestartPolicy } from "./supervision/Supervisor.js"
export { isIdle } from "./tick/ending.js"
export type { ContextOptions } from "./tick/Tick.js"
