/**
 * The agents port: the part of the actor system that a tool or a subsystem may use during an act.
 *
 * @since 0.1.0
 * @module
 */
export {
  type AgentPlace as Place,
  type AgentRef as Ref,
  Agents,
  type ChildRequest
} from "./layers/aios/ports/Agents.js"
