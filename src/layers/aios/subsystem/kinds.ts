/**
 * Kinds of events by owner: those of the kernel, those of subsystems, and bodies that no part of this process can read.
 *
 * @since 0.1.0
 */
import { type EventKind, type EventType, eventTypes } from "../events/EventKind.js"
import type { RawKind } from "../events/RawKind.js"
import type { EventRecord } from "../events/EventRecord.js"

/**
 * Names that stood in journals before their kinds belonged to a subsystem. The list is closed: every other kind of a
 * subsystem is called `<subsystem>.<Kind>`.
 *
 * @since 0.1.0
 * @category constants
 */
export const bareTypes = [
  "MemoryStored",
  "MemoryRetrieved",
  "MemoryProposed",
  "MemoryCommitted",
  "MemoryTombstoned",
  "ReflectionCompacted"
] as const

/**
 * The subsystem that owns the bare names. Its part of a session's state was once in the kernel's state, too.
 *
 * @since 0.1.0
 * @category constants
 */
export const bareOwner = "memory"

/**
 * @since 0.1.0
 * @category models
 */
export type BareType = (typeof bareTypes)[number]

/**
 * Names of the kinds that the kernel itself makes.
 *
 * @since 0.1.0
 * @category models
 */
export type KernelType = EventType

/**
 * All of {@link KernelType} as a set.
 *
 * @since 0.1.0
 * @category constants
 */
export const kernelTypes: ReadonlySet<string> = new Set(eventTypes)

/**
 * The body of an event of the kernel, told apart by `type`.
 *
 * @since 0.1.0
 * @category models
 */
export type KernelKind = EventKind

/**
 * The body of an event of some subsystem, for code that does not hold that subsystem: a type and nothing more.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubsystemKind {
  readonly type: `${string}.${string}` | BareType
}

/**
 * Any body that a subsystem may be shown.
 *
 * @since 0.1.0
 * @category models
 */
export type Kind = KernelKind | SubsystemKind | RawKind

/**
 * Tells whether a body is one that no part of this process can read.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRaw = (kind: Kind): kind is RawKind => kind.type === "Raw"

/**
 * A record of the journal as a reducer sees it. `at` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface SubsystemRecord<out K = Kind> {
  readonly sequence: number
  readonly at: number
  readonly kind: K
}

/**
 * A durable record with its whole envelope, as reporters get it.
 *
 * @since 0.1.0
 * @category models
 */
export interface CommittedRecord extends Omit<EventRecord, "kind"> {
  readonly kind: Kind
}
