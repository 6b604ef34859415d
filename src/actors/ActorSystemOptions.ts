/**
 * Options of a system of agents.
 *
 * @since 0.1.0
 */
import type { PolicySet, PolicyTier, Subsystem } from "../layers/aios/index.js"
import type { SupervisionOptions } from "../machines/index.js"
import type { ContextOptions } from "./tick/Tick.js"

/**
 * A list of subsystems.
 *
 * @since 0.1.0
 * @category models
 */
export type Subsystems = ReadonlyArray<Subsystem.Any>

/**
 * What the subsystems of a list require, less what the actor system gives them itself.
 *
 * @since 0.1.0
 * @category models
 */
export type SubsystemPorts<L extends Subsystems> = Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late>

/**
 * How a system with the subsystems `L` is set up.
 *
 * @since 0.1.0
 * @category models
 */
export interface ActorSystemOptions<L extends Subsystems = readonly []> {
  /** What is plugged into the phases of a tick, in this order. @default none */
  readonly subsystems?: L
  /** Whether runs that an earlier process left open go on by themselves; true unless given. */
  readonly resume?: boolean
  /** Whether agents work; with `false` they take messages and answers for a later process. True unless given. */
  readonly drive?: boolean
  /** How the root supervises its children. */
  readonly supervision?: Partial<SupervisionOptions>
  /** Idle agents kept in memory; `Limits.idleAgentsMax` unless given. */
  readonly idleAgentsMax?: number
  /** What stands in the context of every agent besides what it is and knows itself. */
  readonly context?: ContextOptions
  /**
   * How long a call waits for an approval before it is denied, in milliseconds; `Limits.approvalTimeoutMs` unless given,
   * and for ever with `Infinity`.
   */
  readonly approvalTimeoutMs?: number
  /** What agents may do that are spawned without a policy of their own; `defaultPolicy` unless given. */
  readonly policy?: PolicySet | PolicyTier
}
