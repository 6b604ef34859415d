/**
 * Messages that wait for a watcher, and what one has to know to understand them.
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
 * A bounded queue that drops its oldest messages. What leaves it, sent or dropped, lives on as the last known state of
 * each actor: a watcher that connects anew is told that first, and then goes on with the queue.
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

  /** Takes a message in, and gives the one that had to be dropped for it. */
  push(inspection: Inspection): Inspection | undefined {
    this.queue.push(inspection)
    return this.size > this.messagesMax ? this.shift() : undefined
  }

  /** Takes the oldest message out. */
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

  /** Everything that waits, oldest first. */
  get waiting(): ReadonlyArray<Inspection> {
    return this.queue.slice(this.first)
  }

  /** The actors as they were in front of the oldest message that waits. */
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

  // The root actor is everybody's parent.
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
      // Nobody who comes later has to know of an actor that is gone.
      if (inspection.snapshot.status === "stopped") this.actors.delete(sessionId)
    }
  }
}
