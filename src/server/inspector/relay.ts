/**
 * Passes messages on to any number of viewers, without waiting for slow ones.
 *
 * All viewers read from one ring of messages, each from its own position. So publishing costs the same for one viewer
 * and for many. A viewer that falls behind by more than the ring loses the oldest messages and learns how many.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type ActorInspection, type Inspection, Limits, type SnapshotInspection } from "../../layers/aios/index.js"

/** A message and its JSON text, which is made when a viewer first needs it. */
export interface Frame {
  readonly inspection: Inspection
  text: string | undefined
}

/** Messages for a viewer, and how many it lost before them. */
export interface Taken {
  readonly frames: ReadonlyArray<Frame>
  readonly dropped: number
}

/** Position of a viewer in the ring. */
export interface Cursor {
  /** Messages known when the cursor is opened: each actor, the latest events, each actor's latest snapshot. */
  readonly known: ReadonlyArray<Frame>
  /** Gives the next messages, `max` at most. */
  readonly take: (max: number) => Taken
  /** Waits until there are more. */
  readonly more: Effect.Effect<void>
  readonly close: () => void
}

interface Actor {
  readonly actor: ActorInspection
  readonly frame: Frame
  snapshot: SnapshotInspection | undefined
  snapshotFrame: Frame | undefined
}

const frameOf = (inspection: Inspection): Frame => ({ inspection, text: undefined })

const withLatest = ({ actor, snapshot }: Actor): ActorInspection =>
  snapshot === undefined ? actor : { ...actor, snapshot: snapshot.snapshot }

/** Limits of the messages and actors that a relay keeps. */
export interface RelayOptions {
  readonly messagesMax?: number
  readonly actorsMax?: number
}

export class Relay {
  private readonly known = new Map<string, Actor>()
  private readonly ring: Array<Frame>
  private readonly latches = new Set<Effect.Latch>()
  /** The number of messages ever published; message n is in slot n % size. */
  private end = 0
  private readonly size: number
  private readonly actorsMax: number

  constructor({
    actorsMax = Limits.inspectorActorsMax,
    messagesMax = Limits.viewerBacklogMessagesMax
  }: RelayOptions = {}) {
    this.size = messagesMax
    this.actorsMax = actorsMax
    this.ring = []
  }

  /** Takes a message. Never waits and never fails. */
  publish(inspection: Inspection): void {
    const frame = frameOf(inspection)
    this.ring[this.end % this.size] = frame
    this.end++
    this.know(inspection, frame)
    for (const latch of this.latches) latch.unsafeOpen()
  }

  /** Publishes an actor in the state it has had since `sequence`; nothing happens to the actor now. */
  introduce(actor: ActorInspection, sequence: number): void {
    const { createdAt, id, rootId, sessionId, snapshot, _version } = actor
    this.publish(actor)
    this.publish({
      type: "@xstate.snapshot",
      sessionId,
      rootId,
      createdAt,
      id,
      _version,
      event: { type: "Introduced", sequence },
      snapshot
    })
  }

  /** Every message kept, the oldest first. */
  *kept(): Generator<Inspection> {
    for (let at = this.start; at < this.end; at++) {
      const frame = this.ring[at % this.size]
      if (frame !== undefined) yield frame.inspection
    }
  }

  /** A known actor, with its latest snapshot. */
  latest(sessionId: string): ActorInspection | undefined {
    const known = this.known.get(sessionId)
    return known === undefined ? undefined : withLatest(known)
  }

  /** Every known actor, with its latest snapshot. */
  *actors(): Generator<ActorInspection> {
    for (const actor of this.known.values()) yield withLatest(actor)
  }

  /** Opens a cursor at the end of the ring. */
  open(): Cursor {
    let next = this.end
    const latch = Effect.unsafeMakeLatch(false)
    this.latches.add(latch)
    return {
      known: this.knownNow(),
      take: (max) => {
        const dropped = Math.max(0, this.start - next)
        next += dropped
        const frames: Array<Frame> = []
        while (next < this.end && frames.length < max) {
          const frame = this.ring[next++ % this.size]
          if (frame !== undefined) frames.push(frame)
        }
        if (next === this.end) latch.unsafeClose()
        return { frames, dropped }
      },
      more: latch.await,
      close: () => {
        this.latches.delete(latch)
      }
    }
  }

  private get start(): number {
    return Math.max(0, this.end - this.size)
  }

  private knownNow(): ReadonlyArray<Frame> {
    const events: Array<Frame> = []
    for (let at = this.end - 1; at >= this.start && events.length < Limits.viewerHistoryEventsMax; at--) {
      const frame = this.ring[at % this.size]
      if (frame?.inspection.type === "@xstate.event") events.push(frame)
    }
    const actors = [...this.known.values()]
    return [
      ...actors.map(({ frame }) => frame),
      ...events.toReversed(),
      ...actors.flatMap(({ snapshotFrame }) => (snapshotFrame === undefined ? [] : [snapshotFrame]))
    ]
  }

  private know(inspection: Inspection, frame: Frame): void {
    const { sessionId } = inspection
    if (inspection.type === "@xstate.actor") {
      this.known.set(sessionId, { actor: inspection, frame, snapshot: undefined, snapshotFrame: undefined })
      const [oldest] = this.known.keys()
      if (this.known.size > this.actorsMax && oldest !== undefined) this.known.delete(oldest)
    } else if (inspection.type === "@xstate.snapshot") {
      const known = this.known.get(sessionId)
      if (known === undefined) return
      known.snapshot = inspection
      known.snapshotFrame = frame
    }
  }
}
