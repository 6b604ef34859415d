/**
 * The system of agents: the root actor that spawns agents, finds them and resumes them.
 *
 * @since 0.1.0
 * @module
 */
export {
  ActorSystem,
  type ActorSystemOptions as Options,
  type ActorSystemPorts as Ports,
  type SocketEntry,
  type SpawnOptions,
  type SubsystemPorts,
  type Subsystems
} from "./actors/index.js"
export { LookupError, SpawnError } from "./layers/aios/index.js"
