/**
 * Whether an agent may be spawned as it is asked for.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { Limits, SessionId } from "../layers/aios/index.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import { AgentError } from "./AgentError.js"
import type { Registry } from "./Registry.js"

/**
 * Whether a text can be the id of a session.
 */
export const isSessionId = Schema.is(SessionId)

const refuse = (agent: string, reason: AgentError["reason"], message: string): AgentError =>
  new AgentError({ agent, reason, message })

/**
 * The flaw of a name that a child is to have, if there is one. `whose` is `an agent`, for example.
 */
export const nameProblem = (whose: string, name: string): AgentError | undefined =>
  name.trim() === "" || name.length > 128
    ? refuse(name, "InvalidName", `${whose}'s name has 1 to 128 characters, this one has ${name.length}`)
    : undefined

/**
 * The reason why an agent cannot become the parent of a child with this name, if there is one. A parent that is being
 * stopped would never stop this child.
 */
export const parentProblem = (
  name: string,
  parent: SpawnOptions["parent"],
  { agents }: Registry
): AgentError | undefined =>
  parent !== undefined && agents.get(parent.sessionId)?.stopped !== false
    ? refuse(name, "NotFound", `the parent ${parent.name} is not an agent of this system, or is being stopped`)
    : undefined

/**
 * The flaw of the options of a new agent in a system that has these, if there is one.
 */
export const checkSpawn = ({ name, parent, sessionId }: SpawnOptions, registry: Registry): AgentError | undefined => {
  const { agents } = registry
  const flaw = nameProblem("an agent", name)
  if (flaw !== undefined) return flaw
  if (sessionId !== undefined && !isSessionId(sessionId)) {
    return refuse(
      name,
      "InvalidName",
      `a session id has 1 to 64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(sessionId)}`
    )
  }
  if (registry.hasName(name))
    return refuse(name, "NameTaken", `an agent named ${name} is running already; get it, or take another name`)
  if (sessionId !== undefined && agents.has(sessionId)) {
    return refuse(name, "NameTaken", `the session ${sessionId} is running already; get it by its id`)
  }
  const orphaned = parentProblem(name, parent, registry)
  if (orphaned !== undefined) return orphaned
  if (agents.size < Limits.agentsMax) return undefined
  return refuse(name, "TooManyAgents", `the limit is ${Limits.agentsMax} agents; stop one first`)
}
