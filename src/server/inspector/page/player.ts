/**
 * Where in the time of a session the page stands: at its end as it grows, or at a sequence.
 *
 * @since 0.1.0
 */
import { after, get, now } from "./browser.js"
import type { At, Outline } from "./wire.js"

/** Events a second at speed 1. */
export const eventsPerSecond = 4

/** The speeds that can be chosen. */
export const speeds = [1, 2, 5, 10, 25, 50, 100] as const

const frameMs = 33
const cachedMax = 400

/** What the player tells. */
export interface Watcher {
  /** The state at the sequence it stands at has come in. */
  readonly onAt: (at: At) => void
  /** Sequence, head, speed or playing has changed. */
  readonly onMove: () => void
  readonly onProblem: (message: string) => void
}

export class Player {
  live: boolean
  playing = false
  sequence = 0
  head = 0
  speed: number = 1
  outline: Outline | undefined
  private readonly cache = new Map<number, At>()
  private fetching = false
  private wanted: number | undefined
  private stopTimer = () => {}
  private due = 0
  private closed = false
  private outlining = false
  private outlineWanted = false

  constructor(
    readonly sessionId: string,
    live: boolean,
    private readonly watcher: Watcher
  ) {
    this.live = live
  }

  /** Finds out how long the session is, and stands at its end. */
  async start(): Promise<void> {
    await this.refreshOutline()
    this.sequence = this.head
    this.watcher.onMove()
    this.ask(this.head)
  }

  /** Asks for the outline again; the session may have grown. One request at a time, however often it is wanted. */
  async refreshOutline(): Promise<void> {
    this.outlineWanted = true
    if (this.outlining) return
    this.outlining = true
    while (this.outlineWanted && !this.closed) {
      this.outlineWanted = false
      await this.fetchOutline()
    }
    this.outlining = false
  }

  /** The session has this many records now. */
  grow(head: number): void {
    if (head <= this.head) return
    this.head = head
    if (this.live) this.sequence = head
    this.watcher.onMove()
  }

  /** Leaves the end, or moves on to another sequence. */
  go(sequence: number): void {
    this.live = false
    this.sequence = Math.max(0, Math.min(Math.round(sequence), this.head))
    this.watcher.onMove()
    this.ask(this.sequence)
  }

  step(by: number): void {
    this.pause()
    this.go(this.sequence + by)
  }

  play(): void {
    if (this.playing) return
    if (this.live || this.sequence >= this.head) this.go(0)
    this.playing = true
    this.due = now()
    this.watcher.onMove()
    this.tick()
  }

  pause(): void {
    this.stopTimer()
    if (!this.playing) return
    this.playing = false
    this.watcher.onMove()
  }

  /** Back to the end, and on with it. */
  follow(): void {
    this.pause()
    this.live = true
    this.sequence = this.head
    this.watcher.onMove()
    this.ask(this.head)
  }

  close(): void {
    this.closed = true
    this.pause()
  }

  private async fetchOutline(): Promise<void> {
    try {
      const outline = await get<Outline>(`${this.path}/outline`)
      if (this.closed) return
      this.outline = outline
      this.grow(outline.head)
      this.watcher.onMove()
    } catch (error) {
      this.tell(error)
    }
  }

  private tick(): void {
    this.stopTimer = after(frameMs, () => {
      const stepMs = 1_000 / (eventsPerSecond * this.speed)
      // While a state is on its way the clock goes on, and the events in between are passed over.
      const steps = Math.floor((now() - this.due) / stepMs)
      if (steps > 0) {
        this.due += steps * stepMs
        this.go(this.sequence + steps)
      }
      if (this.sequence >= this.head) return this.pause()
      this.tick()
    })
  }

  private get path(): string {
    return `/api/sessions/${encodeURIComponent(this.sessionId)}`
  }

  // Only the latest wish counts: whoever drags the scrubber does not want to see everything on the way.
  private ask(sequence: number): void {
    const known = this.cache.get(sequence)
    if (known !== undefined) return this.watcher.onAt(known)
    this.wanted = sequence
    if (!this.fetching) void this.fetch()
  }

  private async fetch(): Promise<void> {
    this.fetching = true
    while (this.wanted !== undefined && !this.closed) {
      const sequence: number = this.wanted
      this.wanted = undefined
      try {
        const at = await get<At>(`${this.path}/at/${sequence}`)
        this.keep(at)
        this.grow(at.head)
        if (!this.closed && (sequence === this.sequence || this.wanted !== undefined || this.live))
          this.watcher.onAt(at)
      } catch (error) {
        this.tell(error)
      }
    }
    this.fetching = false
  }

  private keep(at: At): void {
    this.cache.set(at.sequence, at)
    const [oldest] = this.cache.keys()
    if (this.cache.size > cachedMax && oldest !== undefined) this.cache.delete(oldest)
  }

  private tell(error: unknown): void {
    if (!this.closed) this.watcher.onProblem(error instanceof Error ? error.message : String(error))
  }
}
