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
 * The requirements of the subsystems of a list, without the services that the actor system provides.
 *
 * @since 0.1.0
 * @category models
 */
export type SubsystemPorts<L extends Subsystems> = Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late>

/**
 * Configuration of a system with the subsystems `L`.
 *
 * @since 0.1.0
 * @category models
 */
export interface ActorSystemOptions<L extends Subsystems = readonly []> {
  /** Subsystems that are plugged into the phases of a tick, in this order. @default none */
  readonly subsystems?: L
  /** Resumes runs that an earlier process left open. @default true */
  readonly resume?: boolean
  /** Lets agents work. With `false` they take messages and answers for a later process. @default true */
  readonly drive?: boolean
  /** Supervision of the root's children. @default defaultSupervision */
  readonly supervision?: Partial<SupervisionOptions>
  /** Idle agents kept in memory. @default Limits.idleAgentsMax */
  readonly idleAgentsMax?: number
  /** Instructions and workspace for the context of every agent. @default none */
  readonly context?: ContextOptions
  /**
   * Milliseconds that a call waits for an approval before it is denied. With `Infinity` it waits for ever.
   *
   * @default Limits.approvalTimeoutMs
   */
  readonly approvalTimeoutMs?: number
  /**
   * Warns of each call that begins to wait for an approval, unless its run has `onApproval`. A front end that shows the
   * waiting calls by itself turns the warnings off.
   *
   * @default true
   */
  readonly approvalWarnings?: boolean
  /** The policy of agents that are spawned without one. @default defaultPolicy */
  readonly policy?: PolicySet | PolicyTier
}
