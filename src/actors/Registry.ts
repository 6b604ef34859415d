/**
 * The registry: the agents of a system by session id and by name, each under its supervisor.
 *
 * @since 0.1.0
 */
import type { SpawnOptions } from "./SpawnOptions.js"
import { AgentActor, type Keeper } from "./agent/AgentActor.js"
import { Supervisor } from "./supervision/Supervisor.js"

/**
 * An entry of the registry.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentInfo {
  readonly sessionId: string
  readonly name: string
  readonly parentId?: string
  /** `awake`: works now. `idle`: in memory. `passivated`: in the journal alone. */
  readonly status: "awake" | "idle" | "passivated"
}

export class Registry {
  /** Agents by session id, in the order in which they were started. */
  readonly agents = new Map<string, AgentActor>()
  // Agents of earlier processes may share a name; the name then belongs to the first of them.
  private readonly names = new Map<string, string>()

  constructor(
    private readonly root: Supervisor,
    private readonly keeper: Keeper
  ) {}

  hasName(name: string): boolean {
    return this.names.has(name)
  }

  find(nameOrSessionId: string): AgentActor | undefined {
    return this.agents.get(this.names.get(nameOrSessionId) ?? nameOrSessionId)
  }

  /** The supervisor of an agent's children, or the root if the id is not that of an agent of this system. */
  supervisorOf(parentId: string | undefined): Supervisor {
    const owner = parentId === undefined ? undefined : this.agents.get(parentId)
    return owner === undefined ? this.root : (owner.children ??= new Supervisor({}, owner))
  }

  /** Adds an agent under its parent, or under the root if the parent is not an agent of this system. */
  add(
    sessionId: string,
    { name, restart = "transient", supervision }: SpawnOptions,
    parentId: string | undefined,
    inherited: boolean
  ): AgentActor {
    const supervisor = this.supervisorOf(parentId)
    const agent = new AgentActor(sessionId, name, restart, supervisor, inherited, this.keeper)
    if (supervision !== undefined) agent.children = new Supervisor(supervision, agent)
    this.agents.set(sessionId, agent)
    if (!this.names.has(name)) this.names.set(name, sessionId)
    supervisor.children.set(sessionId, agent)
    return agent
  }

  remove(agent: AgentActor): void {
    this.agents.delete(agent.sessionId)
    if (this.names.get(agent.name) === agent.sessionId) this.names.delete(agent.name)
    agent.supervisor.children.delete(agent.sessionId)
  }

  list(): ReadonlyArray<AgentInfo> {
    return [...this.agents.values()].map(infoOf)
  }
}

const infoOf = (agent: AgentActor): AgentInfo => ({
  sessionId: agent.sessionId,
  name: agent.name,
  ...(agent.supervisor.owner === undefined ? {} : { parentId: agent.supervisor.owner.id }),
  status: agent.driving ? "awake" : agent.live === undefined ? "passivated" : "idle"
})
