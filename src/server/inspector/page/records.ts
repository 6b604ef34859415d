/**
 * The records of one session, in pages. A page is fetched when it is shown. When there are too many pages, the page
 * that was fetched longest ago is forgotten.
 *
 * @since 0.1.0
 */
import { get } from "./browser.js"
import type { ActorEvent, Message, Messages } from "./wire.js"

/** A record: one line of the event log. It may stand for several events of the machine. */
export interface Row {
  readonly sequence: number
  readonly at: number
  readonly events: ReadonlyArray<ActorEvent>
  readonly sourceId: string | undefined
  /** The actor of the record, in a list with records of several sessions. */
  readonly owner?: { readonly id: string; readonly name: string }
}

const pageRecords = 250
const pagesMax = 80

export class Records {
  private readonly pages = new Map<number, Map<number, Row>>()
  private readonly asked = new Map<number, Promise<void>>()
  /** The sequence up to which each page was fetched; a record that is missing before it cannot be fetched. */
  private readonly fetched = new Map<number, number>()

  constructor(
    readonly sessionId: string,
    private readonly onChange: () => void,
    private readonly onProblem: (message: string) => void
  ) {}

  /** A record, if it has been fetched. */
  row(sequence: number): Row | undefined {
    return this.pages.get(pageOf(sequence))?.get(sequence)
  }

  /** Fetches the records from one sequence through another that have not been fetched yet. */
  async ensure(from: number, through: number): Promise<void> {
    const fetches: Array<Promise<void>> = []
    for (let page = pageOf(Math.max(from, 1)); page <= pageOf(Math.max(through, 1)); page++) {
      if (this.isHere(page, Math.max(from, page * pageRecords + 1), Math.min(through, (page + 1) * pageRecords)))
        continue
      const asked = this.asked.get(page) ?? this.fetch(page, through)
      this.asked.set(page, asked)
      fetches.push(asked)
    }
    await Promise.all(fetches)
  }

  /** Takes an event that came by the stream. */
  take(message: Message): void {
    if (message.type !== "@xstate.event" || typeof message.event.sequence !== "number") return
    const page = pageOf(message.event.sequence)
    // Single records of a page that was never fetched would look like the whole page.
    if (this.pages.has(page) || message.event.sequence === page * pageRecords + 1) this.put(message)
  }

  private isHere(page: number, from: number, through: number): boolean {
    if ((this.fetched.get(page) ?? 0) >= through) return true
    const rows = this.pages.get(page)
    if (rows === undefined) return false
    for (let sequence = from; sequence <= through; sequence++) if (!rows.has(sequence)) return false
    return true
  }

  private async fetch(page: number, wanted: number): Promise<void> {
    try {
      const { messages, through } = await get<Messages>(
        `/api/sessions/${encodeURIComponent(this.sessionId)}/messages`,
        {
          after: String(page * pageRecords),
          limit: String(pageRecords),
          only: "event"
        }
      )
      this.pages.set(page, new Map())
      for (const message of messages) this.put(message)
      this.fetched.set(page, Math.max(through, wanted))
      this.forget(page)
    } catch (error) {
      // The page is fetched again only when there are more records, or when the session is opened again.
      this.fetched.set(page, wanted)
      this.onProblem(error instanceof Error ? error.message : String(error))
    } finally {
      this.asked.delete(page)
      this.onChange()
    }
  }

  private put(message: Message): void {
    const row = rowOf(message)
    if (row === undefined) return
    const page = pageOf(row.sequence)
    const rows = this.pages.get(page) ?? new Map<number, Row>()
    this.pages.set(page, rows)
    const known = rows.get(row.sequence)
    const isNew = known?.events.every((event) => JSON.stringify(event) !== JSON.stringify(row.events[0])) ?? true
    if (isNew)
      rows.set(row.sequence, known === undefined ? row : { ...known, events: [...known.events, ...row.events] })
  }

  // The page that was fetched longest ago is forgotten first.
  private forget(except: number): void {
    for (const page of this.pages.keys()) {
      if (this.pages.size <= pagesMax) return
      if (page === except) continue
      this.pages.delete(page)
      this.fetched.delete(page)
    }
  }
}

const pageOf = (sequence: number): number => Math.floor((sequence - 1) / pageRecords)

/** A message as a record, if it is an event of one. */
export const rowOf = (message: Message): Row | undefined =>
  message.type === "@xstate.event" && typeof message.event.sequence === "number"
    ? {
        sequence: message.event.sequence,
        at: Number(message.createdAt),
        events: [message.event],
        sourceId: message.sourceId
      }
    : undefined

/** Filters of a search in a session. */
export interface Wanted {
  readonly text: string
  readonly type: string
}

const matchesMax = 5_000
const scannedRecords = 2_000

/** Searches a whole session for events, part by part; calls `found` with all rows so far. */
export const find = (
  sessionId: string,
  { text, type }: Wanted,
  found: (rows: ReadonlyArray<Row>, through: number, done: boolean) => void,
  failed: (message: string) => void
): (() => void) => {
  let cancelled = false
  const rows = new Map<number, Row>()
  const look = async (after: number): Promise<void> => {
    const { head, messages, through } = await get<Messages>(`/api/sessions/${encodeURIComponent(sessionId)}/messages`, {
      after: String(after),
      limit: String(scannedRecords),
      only: "event",
      ...(text === "" ? {} : { text }),
      ...(type === "" ? {} : { type })
    })
    if (cancelled) return
    for (const message of messages) {
      const row = rowOf(message)
      if (row === undefined) continue
      const known = rows.get(row.sequence)
      rows.set(row.sequence, known === undefined ? row : { ...known, events: [...known.events, ...row.events] })
    }
    const done = through >= head || rows.size >= matchesMax || through <= after
    found([...rows.values()].slice(0, matchesMax), through, done)
    if (!done) await look(through)
  }
  look(0).catch((error: unknown) => {
    if (!cancelled) failed(error instanceof Error ? error.message : String(error))
  })
  return () => {
    cancelled = true
  }
}
