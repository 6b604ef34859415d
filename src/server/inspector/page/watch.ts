/**
 * The session that the page shows, live or in replay, with its records and its player.
 *
 * @since 0.1.0
 */
import { type Actor, type Actors, rootId } from "./actors.js"
import type { Shown } from "./agentView.js"
import { Player } from "./player.js"
import { Records } from "./records.js"
import type { ActorEvent, At, Message } from "./wire.js"

/** Listener of the session that the page shows. */
export interface Viewer {
  /** Called when the session or its position has changed. */
  readonly onChange: () => void
  readonly onProblem: (message: string) => void
}

const outlineEveryEvents = 200

export class Watch {
  player: Player | undefined
  records: Records | undefined
  /** In replay, the state at the sequence; live, the state before the stream began. */
  private at: At | undefined
  private outlinedAt = 0

  constructor(
    private readonly actors: Actors,
    private readonly viewer: Viewer
  ) {}

  get id(): string | undefined {
    return this.player?.sessionId
  }

  /** Shows a session, at its end or for replay. */
  open(id: string, live: boolean): void {
    this.player?.close()
    this.at = undefined
    this.outlinedAt = 0
    const { onChange, onProblem } = this.viewer
    if (id === rootId) {
      this.player = undefined
      this.records = undefined
      return onChange()
    }
    this.records = new Records(id, onChange, onProblem)
    const player = new Player(id, live, {
      onAt: (at) => {
        this.at = at
        onChange()
      },
      onMove: onChange,
      onProblem
    })
    this.player = player
    void player.start()
  }

  /** Takes a message of the stream, after the actors have taken it. */
  take(message: Message): void {
    if (message.sessionId !== this.id || message.type === "@xstate.actor") return
    this.records?.take(message)
    const { sequence } = message.event
    if (typeof sequence !== "number") return
    this.player?.grow(sequence)
    const changed = message.type === "@xstate.event" && message.event.type === "ModeChanged"
    if (changed || sequence - this.outlinedAt > outlineEveryEvents) {
      this.outlinedAt = sequence
      void this.player?.refreshOutline()
    }
  }

  /** The values to show now. */
  get shown(): Shown | undefined {
    const { at, player } = this
    if (player === undefined) return undefined
    const actor = this.actors.get(player.sessionId)
    if (player.live && actor !== undefined && actor.sequence >= (at?.sequence ?? 0)) return this.liveShown(actor)
    return at === undefined
      ? actor && this.liveShown(actor)
      : {
          id: player.sessionId,
          name: at.name,
          sequence: at.sequence,
          at: at.at ?? 0,
          snapshot: at.snapshot,
          change: at.change ?? undefined,
          granted: at.granted ?? undefined
        }
  }

  /** In replay, the events of the record at the present sequence; live, none. */
  get events(): ReadonlyArray<ActorEvent> {
    return this.player?.live === false ? (this.at?.events ?? []) : []
  }

  private liveShown({ at, change, granted, id, name, sequence, snapshot }: Actor): Shown {
    return {
      id,
      name,
      sequence,
      at,
      snapshot,
      change: change ?? this.at?.change ?? undefined,
      granted: granted ?? this.at?.granted ?? undefined
    }
  }
}
