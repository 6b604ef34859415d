/**
 * Whether an agent may be spawned as it is asked for.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Limits, SessionId } from "../layers/aios/index.js"
import type { SpawnOptions } from "./ActorSystem.js"
import { AgentError } from "./AgentError.js"
import type { Registry } from "./Registry.js"

/**
 * Whether a text can be the id of a session.
 */
export const isSessionId = Schema.is(SessionId)

/**
 * What is wrong with the options of a new agent, in a system that has these.
 */
export const checkSpawn = ({ name, parent, sessionId }: SpawnOptions, registry: Registry): AgentError | undefined => {
  const { agents } = registry
  const refuse = (reason: AgentError["reason"], message: string) => new AgentError({ agent: name, reason, message })
  if (name.trim() === "" || name.length > 128) {
    return refuse("InvalidName", `an agent's name has 1 to 128 characters, this one has ${name.length}`)
  }
  if (sessionId !== undefined && !isSessionId(sessionId)) {
    return refuse("InvalidName", `a session id has 1 to 64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(sessionId)}`)
  }
  if (registry.hasName(name))
    return refuse("NameTaken", `an agent named ${name} is running already; get it, or take another name`)
  if (sessionId !== undefined && agents.has(sessionId)) {
    return refuse("NameTaken", `the session ${sessionId} is running already; get it by its id`)
  }
  // While a parent is being stopped, it has said good-bye to its children already.
  if (parent !== undefined && agents.get(parent.sessionId)?.stopped !== false) {
    return refuse("NotFound", `the parent ${parent.name} is not an agent of this system, or is being stopped`)
  }
  if (agents.size >= Limits.agentsMax) return refuse("TooManyAgents", `${Limits.agentsMax} agents are the most`)
  return undefined
}
