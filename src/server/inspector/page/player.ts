/**
 * The position of the page in a session: at its growing end (live), or at a sequence (replay).
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

/** Listener of the player. */
export interface Watcher {
  /** Takes the state at a sequence that the player asked for. */
  readonly onAt: (at: At) => void
  /** Called when the sequence, the head, the speed or `playing` has changed. */
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

  /** Fetches the length of the session, and goes to its end. */
  async start(): Promise<void> {
    await this.refreshOutline()
    this.sequence = this.head
    this.watcher.onMove()
    this.ask(this.head)
  }

  /** Fetches the outline again, because the session may have grown. Only one request runs at a time. */
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

  /** Takes the number of records that the session has now. */
  grow(head: number): void {
    if (head <= this.head) return
    this.head = head
    if (this.live) this.sequence = head
    this.watcher.onMove()
  }

  /** Stops following the end, and goes to a sequence. */
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

  /** Goes to the end of the session and follows it. */
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
      // The clock goes on while a state is fetched; the events in between are skipped.
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

  // Only the latest sequence counts: a user who drags the scrubber does not want to see every state on the way.
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
