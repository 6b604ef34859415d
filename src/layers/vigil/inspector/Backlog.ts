/**
 * Messages that wait for a watcher, and the states of actors that the watcher needs to understand them.
 *
 * @since 0.1.0
 */
import {
  type ActorInspection,
  type Inspection,
  Limits,
  rootActorId,
  type SnapshotInspection
} from "../../aios/index.js"

/**
 * A bounded queue that drops its oldest messages. The queue keeps the last known state of each actor from the messages
 * that left it, sent or dropped. A watcher that connects anew first gets these states, and then the queue.
 *
 * @since 0.1.0
 * @category models
 */
export class Backlog {
  private queue: Array<Inspection> = []
  private first = 0
  private readonly actors = new Map<string, { readonly actor: ActorInspection; snapshot?: SnapshotInspection }>()

  constructor(
    readonly messagesMax: number = Limits.inspectorBufferMessagesMax,
    readonly actorsMax: number = Limits.inspectorActorsMax
  ) {}

  get size(): number {
    return this.queue.length - this.first
  }

  /** Adds a message, and gives the message that was dropped for it, if any. */
  push(inspection: Inspection): Inspection | undefined {
    this.queue.push(inspection)
    return this.size > this.messagesMax ? this.shift() : undefined
  }

  /** Removes the oldest message and gives it. */
  shift(): Inspection | undefined {
    const inspection = this.queue[this.first]
    if (inspection === undefined) return undefined
    this.first++
    if (this.first > 1_024 && this.first * 2 > this.queue.length) {
      this.queue = this.queue.slice(this.first)
      this.first = 0
    }
    this.remember(inspection)
    return inspection
  }

  /** The waiting messages, oldest first. */
  get waiting(): ReadonlyArray<Inspection> {
    return this.queue.slice(this.first)
  }

  /** The actors as they were before the oldest waiting message. */
  get introductions(): ReadonlyArray<Inspection> {
    return [...this.actors.values()].map(({ actor, snapshot }) =>
      snapshot === undefined ? actor : { ...actor, createdAt: snapshot.createdAt, snapshot: snapshot.snapshot }
    )
  }

  /** Forgets everything. */
  clear(): void {
    this.queue = []
    this.first = 0
    this.actors.clear()
  }

  // The root actor is kept, because every other actor descends from it.
  private forgetOldest(): void {
    const [oldest, second] = this.actors.keys()
    const forgotten = oldest === rootActorId ? second : oldest
    if (forgotten !== undefined) this.actors.delete(forgotten)
  }

  private remember(inspection: Inspection): void {
    const { sessionId } = inspection
    if (inspection.type === "@xstate.actor") {
      this.actors.delete(sessionId)
      this.actors.set(sessionId, { actor: inspection })
      if (this.actors.size > this.actorsMax) this.forgetOldest()
    } else if (inspection.type === "@xstate.snapshot") {
      const known = this.actors.get(sessionId)
      if (known !== undefined) known.snapshot = inspection
      // A watcher that connects later need not know of a stopped actor.
      if (inspection.snapshot.status === "stopped") this.actors.delete(sessionId)
    }
  }
}
