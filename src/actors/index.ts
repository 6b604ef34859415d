/**
 * The actors: the system of agents, the handle on one of them, and the functions that read their journals.
 *
 * @since 0.1.0
 */
export { ActorSystem, type ActorSystemPorts } from "./ActorSystem.js"
export type { ActorSystemOptions, SubsystemPorts, Subsystems } from "./ActorSystemOptions.js"
export {
  type Agent,
  type AgentView,
  type ApprovalAnswer,
  type ApprovalGrant,
  type ApprovalReply,
  type RunOptions,
  viewOf
} from "./Agent.js"
export { isAboutRights, rightsText } from "./agent/signedTexts.js"
export { prove, type Proof } from "./proof.js"
export { adopt, namedCheckpoint, trusted } from "./trust.js"
export { ofSession, type SessionOptions } from "./inspections.js"
export type { AgentInfo } from "./Registry.js"
export type { Moment } from "./sockets/Contribution.js"
export { SocketLimits } from "./sockets/limits.js"
export { merge } from "./sockets/merge.js"
export type { Services } from "./sockets/services.js"
export type {
  Advised,
  CallOutput,
  ContextBlock,
  PreparedTool,
  RuledVerdict,
  SocketEntry,
  Sockets
} from "./sockets/Sockets.js"
export { foldStream, replay, type Replay } from "./replay.js"
export type { SpawnOptions } from "./SpawnOptions.js"
export type { Program, ProgramOptions, ProgramStatus } from "./supervision/Program.js"
export { ProgramError, SuperviseError } from "./supervision/SuperviseError.js"
export type { RestartPolicy } from "./supervision/Supervisor.js"
export type { ContextOptions } from "./tick/Tick.js"
