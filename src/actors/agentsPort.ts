/**
 * The agents port: the actor system as the acts of its own agents may use it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type AgentRef, type Agents, AgentsError, type ChildRequest, type JournalError } from "../layers/aios/index.js"
import type { Agent } from "./Agent.js"
import type { AgentActor } from "./agent/AgentActor.js"
import type { AgentError } from "./AgentError.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import type { Child } from "./supervision/Supervisor.js"

/**
 * What the port needs of the system.
 */
export interface AgentsHost {
  readonly spawn: (options: SpawnOptions) => Effect.Effect<Agent, AgentError | JournalError>
  readonly get: (nameOrSessionId: string) => Effect.Effect<Agent, AgentError | JournalError>
  readonly agents: ReadonlyMap<string, AgentActor>
  /** The process comes to its end, which ends no run. */
  readonly isClosing: () => boolean
}

/**
 * Makes the port.
 */
export const makeAgents = (host: AgentsHost): typeof Agents.Service => {
  const ref = (agent: Agent): AgentRef => ({
    sessionId: agent.sessionId,
    name: agent.name,
    state: asAgents(agent.name, agent.state),
    run: (objective, budget) => asAgents(agent.name, agent.run(objective, budget === undefined ? {} : { budget })),
    outcome: asAgents(agent.name, agent.outcome),
    wake: Effect.suspend(() => host.agents.get(agent.sessionId)?.wake() ?? Effect.void),
    tell: (message) => asAgents(agent.name, agent.tell(message)),
    cancel: (reason) => asAgents(agent.name, agent.cancel(reason)),
    stop: asAgents(agent.name, agent.stop)
  })
  return {
    spawn: ({ parent, ...request }: ChildRequest) =>
      host.get(parent).pipe(
        Effect.flatMap((owner) => host.spawn({ ...request, parent: owner })),
        Effect.map(ref),
        (spawned) => asAgents(request.name, spawned)
      ),
    get: (nameOrSessionId) => asAgents(nameOrSessionId, Effect.map(host.get(nameOrSessionId), ref)),
    place: (sessionId) =>
      Effect.suspend(() => {
        const agent = host.agents.get(sessionId)
        if (agent === undefined) {
          const message = `there is no agent of the session ${sessionId} in this system; get it first`
          return new AgentsError({ agent: sessionId, reason: "NotFound", message })
        }
        const children = [...(agent.children?.children.values() ?? [])].filter(({ kind }) => kind === "agent").length
        return Effect.succeed({ depth: depthOf(agent), children, leaving: host.isClosing() || agent.halting })
      })
  }
}

const depthOf = ({ supervisor: { owner } }: Child): number => (owner === undefined ? 0 : 1 + depthOf(owner))

const asAgents = <A>(agent: string, work: Effect.Effect<A, AgentError | JournalError>): Effect.Effect<A, AgentsError> =>
  Effect.mapError(work, (error) => new AgentsError({ agent, reason: reasonOf(error), message: error.message }))

const reasonOf = (error: AgentError | JournalError): AgentsError["reason"] => {
  if (error._tag === "JournalError") return "Unavailable"
  return error.reason === "NotFound" || error.reason === "Stopped" ? error.reason : "Refused"
}
