/**
 * The system of agents: the root actor that spawns agents, finds them and resumes them.
 *
 * @since 0.1.0
 * @module
 */
export { ActorSystem, type ActorSystemPorts as Ports } from "./actors/ActorSystem.js"
export type { ActorSystemOptions as Options, SubsystemPorts, Subsystems } from "./actors/ActorSystemOptions.js"
export type { SpawnOptions } from "./actors/SpawnOptions.js"
export type { SocketEntry } from "./actors/sockets/Sockets.js"
export { LookupError, SpawnError } from "./layers/aios/ports/AgentErrors.js"
