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
 * Options of a spawn. A session that exists keeps what is not given here; what is given and differs is recorded as
 * `SessionConfigured` and holds from the next tick on, and another name or parent than the recorded one is refused.
 *
 * @since 0.1.0
 * @category models
 */
export interface SpawnOptions {
  /** 1 to 128 characters, unique within the system. */
  readonly name: string
  /** Takes an existing session up again, or names the new one; a new id unless given. */
  readonly sessionId?: string
  /** The agent that supervises this one. @default the root actor, or for a session that exists its recorded parent */
  readonly parent?: Agent
  /** Whether the supervisor restarts it after a failure; `transient`, that is yes, unless given. */
  readonly restart?: RestartPolicy
  /** How this agent supervises its own children. */
  readonly supervision?: Partial<SupervisionOptions>
  readonly soul?: Partial<SoulProfile>
  /** What it may do, for the whole session; the policy of the system unless given. */
  readonly policy?: PolicySet | PolicyTier
  /** The model it thinks with, by a name its router knows, such as `anthropic:claude-opus-5-5`; the default unless given. */
  readonly model?: string
}
