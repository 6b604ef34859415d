/**
 * The inspector port: tells a watcher about actors, in the three messages of Stately's inspector.
 *
 * Messages report durable events only, so a watcher never sees a state that a crash takes back. Times come from the
 * journal, ids are session ids, snapshots hold nothing but JSON.
 *
 * @since 0.1.0
 */
import { Context, Schema } from "effect"
import type { Json } from "../schema/Json.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * The version of the wire format: that of `@statelyai/inspect`, whose receivers read these messages.
 *
 * @since 0.1.0
 * @category constants
 */
export const inspectionVersion = "0.7.2"

/**
 * The actor id of the root of a system, the parent of all agents without another parent.
 *
 * @since 0.1.0
 * @category constants
 */
export const rootActorId = "life"

interface Envelope {
  /** The actor of the message: a session id, or `rootActorId`. */
  readonly sessionId: string
  readonly rootId: string
  /** Milliseconds since the epoch, as text. */
  readonly createdAt: string
  readonly id: null
  readonly _version: string
}

/**
 * The snapshot of an actor as XState persists it.
 *
 * @since 0.1.0
 * @category models
 */
export interface InspectedSnapshot {
  readonly status: "active" | "done" | "error" | "stopped"
  /** The state of the machine; for an agent its operating mode. */
  readonly value: string
  readonly context: { readonly [key: string]: Json }
  readonly children: { readonly [id: string]: Json }
  readonly historyValue: { readonly [id: string]: Json }
  readonly tags: ReadonlyArray<string>
}

/**
 * Event of an actor. `sequence` is the sequence of its record in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface InspectedEvent {
  readonly type: string
  readonly sequence?: number
  readonly [field: string]: Json | undefined
}

/**
 * An actor was created. `definition` is the JSON text of its machine's configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface ActorInspection extends Envelope {
  readonly type: "@xstate.actor"
  readonly name: string
  readonly parentId?: string
  readonly definition: string
  readonly snapshot: InspectedSnapshot
}

/**
 * An actor has received an event. `sourceId` names the sender if the sender is an actor.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventInspection extends Envelope {
  readonly type: "@xstate.event"
  readonly event: InspectedEvent
  readonly sourceId?: string
}

/**
 * An actor has a new snapshot.
 *
 * @since 0.1.0
 * @category models
 */
export interface SnapshotInspection extends Envelope {
  readonly type: "@xstate.snapshot"
  readonly event: InspectedEvent
  readonly snapshot: InspectedSnapshot
}

/**
 * A message of the inspector.
 *
 * @since 0.1.0
 * @category models
 */
export type Inspection = ActorInspection | EventInspection | SnapshotInspection

/**
 * Takes messages about actors.
 *
 * @default no watcher
 *
 * @since 0.1.0
 * @category services
 */
export class Inspector extends Context.Reference<Inspector>()("life-agent-os/Inspector", {
  defaultValue: (): {
    /** True if there is a watcher; without a watcher, no message is made. */
    readonly watching: boolean
    /** Takes a message. Never waits and never fails: a watcher that cannot keep up loses the oldest messages. */
    readonly publish: (inspection: Inspection) => void
  } => ({ watching: false, publish: () => {} })
}) {}

/**
 * Failure to set up an inspector.
 *
 * - `InvalidUrl`: the address is not one of a WebSocket server
 *
 * @since 0.1.0
 * @category errors
 */
export class InspectorError extends Schema.TaggedError<InspectorError>("life-agent-os/InspectorError")(
  "InspectorError",
  {
    reason: Schema.Literal("InvalidUrl"),
    /** Description of what happened, where, and what to do next. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}
