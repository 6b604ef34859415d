/**
 * The agents port: the actor system as the acts of its own agents may use it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type AgentRef, type Agents, type JournalError, LookupError, SpawnError } from "../layers/aios/index.js"
import type { Agent } from "./Agent.js"
import type { AgentActor } from "./agent/AgentActor.js"
import { refusal } from "./refusal.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import type { Child } from "./supervision/Supervisor.js"

/**
 * Parts of the system that the port needs.
 */
export interface AgentsHost {
  readonly spawn: (options: SpawnOptions) => Effect.Effect<Agent, SpawnError | JournalError>
  readonly get: (nameOrSessionId: string) => Effect.Effect<Agent, LookupError | JournalError>
  readonly agents: ReadonlyMap<string, AgentActor>
  /** True once the process shuts down, which ends no run. */
  readonly isClosing: () => boolean
}

/**
 * Makes the port.
 */
export const makeAgents = (host: AgentsHost): typeof Agents.Service => {
  const ref = ({ run, sessionId, ...agent }: Agent): AgentRef => ({
    ...agent,
    sessionId,
    run: (objective, budget) => run(objective, { outcome: true, ...(budget && { budget }) }),
    wake: Effect.suspend(() => host.agents.get(sessionId)?.wake() ?? Effect.void)
  })
  return {
    spawn: ({ parent, ...request }) =>
      host.get(parent).pipe(
        Effect.catchTag("LookupError", ({ message }) =>
          Effect.fail(refusal(SpawnError, request, "ParentUnavailable", `has no parent: ${message}`))
        ),
        Effect.flatMap((owner) => host.spawn({ ...request, parent: owner })),
        Effect.map(ref)
      ),
    get: (nameOrSessionId) => Effect.map(host.get(nameOrSessionId), ref),
    place: (sessionId) =>
      Effect.suspend(() => {
        const agent = host.agents.get(sessionId)
        if (agent === undefined) {
          const message = `there is no agent of the session ${sessionId} in this system; get it first`
          return new LookupError({ agent: sessionId, reason: "NotFound", message })
        }
        const children = [...(agent.children?.children.values() ?? [])].filter(({ kind }) => kind === "agent").length
        return Effect.succeed({ depth: depthOf(agent), children, leaving: host.isClosing() || agent.halting })
      })
  }
}

const depthOf = ({ supervisor: { owner } }: Child): number => (owner === undefined ? 0 : 1 + depthOf(owner))
