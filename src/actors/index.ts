/**
 * The actors: the system of agents, the handle on one of them, and what reads their journals.
 *
 * @since 0.1.0
 */
export { ActorSystem, type ActorSystemOptions, type SpawnOptions } from "./ActorSystem.js"
export { type Agent, type AgentView, viewOf } from "./Agent.js"
export type { RestartPolicy } from "./AgentActor.js"
export { AgentError } from "./AgentError.js"
export type { ApprovalAnswer, ApprovalGrant } from "./approving.js"
export type { ContextOptions } from "./context/request.js"
export { ofSession, type SessionOptions } from "./inspections.js"
export { checkpointText } from "./LiveAgent.js"
export type { AgentInfo } from "./Registry.js"
export type { ContextBlock } from "./sockets/blocks.js"
export type { Moment } from "./sockets/Contribution.js"
export type { SocketEntry } from "./sockets/describe.js"
export { SocketLimits } from "./sockets/limits.js"
export { merge } from "./sockets/merge.js"
export type { CallOutput } from "./sockets/middleware.js"
export type { Services } from "./sockets/services.js"
export type { Advised, PreparedTool, RuledVerdict, Sockets } from "./sockets/Sockets.js"
export { foldStream, replay, type Replay } from "./replay.js"
export { isIdle } from "./tick/ending.js"
