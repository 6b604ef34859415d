/**
 * Options of a new agent.
 *
 * @since 0.1.0
 */
import type { PolicySet, PolicyTier, SoulProfile } from "../layers/aios/index.js"
import type { SupervisionOptions } from "../machines/index.js"
import type { Agent } from "./Agent.js"
import type { RestartPolicy } from "./supervision/Supervisor.js"

/**
 * Options of a spawn. An existing session keeps its value of every option that is not given. An option that differs
 * from the session is recorded as `SessionConfigured` and holds from the next tick on. Another name or parent than the
 * recorded one is refused.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpawnOptions {
  /** 1 to 128 characters, unique within the system. */
  readonly name: string
  /** Takes an existing session up again, or names the new one. @default a new id */
  readonly sessionId?: string
  /** The agent that supervises this one. @default the root actor, or for an existing session its recorded parent */
  readonly parent?: Agent
  /** Restart after a failure: with `transient` the supervisor restarts the agent. @default "transient" */
  readonly restart?: RestartPolicy
  /** Supervision of this agent's own children. @default defaultSupervision */
  readonly supervision?: Partial<SupervisionOptions>
  /** @default the default soul under the name */
  readonly soul?: Partial<SoulProfile>
  /** The policy of the whole session. @default the policy of the system */
  readonly policy?: PolicySet | PolicyTier
  /**
   * The model of the agent, by a name that the router knows, such as `anthropic:claude-opus-5-5`.
   *
   * @default the default model
   */
  readonly model?: string
}
