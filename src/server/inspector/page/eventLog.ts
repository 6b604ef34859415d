/**
 * The event log: a line for each record of the session, or for each record that matches the filters.
 *
 * @since 0.1.0
 */
import { beforeFrame } from "./browser.js"
import { h, mark, say } from "./dom.js"
import { clock, count, summary, toneOf } from "./format.js"
import { find, type Records, type Row } from "./records.js"
import { VirtualList } from "./virtualList.js"

const rowHeight = 26
const searchDelayFrames = 12

export class EventLog {
  readonly element: HTMLElement
  private readonly list: VirtualList
  private readonly text = h("input", {
    class: "search",
    attrs: { type: "search", placeholder: "Filter events", "aria-label": "Filter events by text", spellcheck: "false" }
  })
  private readonly type = h("input", {
    class: "search",
    attrs: {
      type: "search",
      placeholder: "Type",
      "aria-label": "Filter events by type",
      list: "event-types",
      spellcheck: "false"
    }
  })
  private readonly types = h("datalist", { attrs: { id: "event-types" } })
  private readonly pause = h("button", { class: "quiet", attrs: { type: "button", "aria-pressed": "false" } }, "Pause")
  private readonly status = h("div", { class: "log-status", attrs: { role: "status" } })
  private readonly knownTypes = new Set<string>()
  private records: Records | undefined
  private head = 0
  private frozenAt: number | undefined
  private sequence = 0
  private isLive = true
  private found: ReadonlyArray<Row> | undefined
  private stopSearch = () => {}
  private wait = 0

  constructor(private readonly onChoose: (sequence: number, sessionId: string | undefined) => void) {
    this.list = new VirtualList({
      label: "Events",
      rowHeight,
      fill: (element, index) => this.fill(element, index),
      onChoose: (index) => {
        const row = this.found?.[index]
        const sequence = this.found === undefined ? index + 1 : row?.sequence
        if (sequence !== undefined) this.onChoose(sequence, row?.owner?.id)
      },
      onRange: (first, last) => {
        if (this.found === undefined) void this.records?.ensure(first + 1, Math.min(last + 1, this.shownHead))
      }
    })
    const search = beforeFrame(() => {
      if (--this.wait > 0) search()
      else this.search()
    })
    for (const input of [this.text, this.type]) {
      input.addEventListener("input", () => {
        this.wait = searchDelayFrames
        search()
      })
    }
    this.pause.addEventListener("click", () => this.setPaused(this.frozenAt === undefined))
    this.element = h(
      "div",
      { class: "log" },
      h("div", { class: "log-bar" }, this.text, this.type, this.types, this.pause),
      this.list.element,
      this.status
    )
  }

  /** Shows another session. */
  open(records: Records): void {
    this.records = records
    this.head = 0
    this.found = undefined
    this.setPaused(false)
    this.list.setCount(0)
    this.search()
  }

  /** Shows the position of the player. */
  show(head: number, sequence: number, isLive: boolean): void {
    const follow =
      isLive && this.frozenAt === undefined && this.found === undefined && (this.list.atEnd || !this.isLive)
    const moved = sequence !== this.sequence || isLive !== this.isLive
    this.head = head
    this.sequence = sequence
    this.isLive = isLive
    this.update()
    const index = this.indexOf(sequence)
    this.list.choose(index)
    if (follow) this.list.toEnd()
    else if (moved && !isLive && index >= 0) this.list.reveal(index)
  }

  /** Shows the latest events of all agents. */
  showFeed(feed: ReadonlyArray<Row>): void {
    this.stopSearch()
    const follow = this.list.atEnd || this.records !== undefined
    this.records = undefined
    if (this.frozenAt !== undefined && this.found !== undefined) return
    const [text, type] = [this.text.value.trim().toLowerCase(), this.type.value.trim()]
    this.found = feed.filter(
      ({ events, owner }) =>
        (type === "" || events.some((event) => event.type === type)) &&
        (text === "" || `${owner?.name} ${JSON.stringify(events)}`.toLowerCase().includes(text))
    )
    this.list.setCount(this.found.length)
    this.list.choose(-1)
    if (follow) this.list.toEnd()
    say(
      this.status,
      feed.length === 0 ? "No events yet." : `the latest ${count(this.found.length, "event")} of all agents`
    )
  }

  /** Shows records that have arrived. */
  refresh(): void {
    this.list.refresh()
  }

  focusSearch(): void {
    this.text.focus()
  }

  private get shownHead(): number {
    return this.frozenAt ?? this.head
  }

  private indexOf(sequence: number): number {
    return this.found === undefined ? sequence - 1 : this.found.findIndex((row) => row.sequence === sequence)
  }

  private setPaused(paused: boolean): void {
    this.frozenAt = paused ? this.head : undefined
    this.pause.setAttribute("aria-pressed", String(paused))
    say(this.pause, paused ? "Resume" : "Pause")
    this.update()
  }

  private update(): void {
    this.list.setCount(this.found?.length ?? this.shownHead)
    const behind = this.head - this.shownHead
    if (this.found === undefined) {
      say(this.status, behind > 0 ? `paused, ${count(behind, "newer event")}` : count(this.head, "event"))
    }
  }

  private search(): void {
    this.stopSearch()
    const wanted = { text: this.text.value.trim(), type: this.type.value.trim() }
    const { records } = this
    if (records === undefined) return
    if (wanted.text === "" && wanted.type === "") {
      this.found = undefined
      this.update()
      this.list.choose(this.indexOf(this.sequence))
      return
    }
    this.found = []
    this.stopSearch = find(
      records.sessionId,
      wanted,
      (rows, through, done) => {
        this.found = rows
        this.list.setCount(rows.length)
        this.list.choose(this.indexOf(this.sequence))
        say(this.status, `${count(rows.length, "event")} found${done ? "" : `, looking on from event ${through}`}`)
      },
      (message) => say(this.status, message)
    )
    this.update()
  }

  private fill(element: HTMLElement, index: number): void {
    const row = this.found === undefined ? this.records?.row(index + 1) : this.found[index]
    const { name, sequence, time, type, what } = cells(element)
    const last = row?.events.at(-1)
    say(sequence, String(row?.sequence ?? index + 1))
    const owner = row?.owner
    mark(element, "data-owned", owner === undefined ? undefined : "true")
    say(name, owner?.name ?? "")
    say(time, row === undefined ? "" : owner === undefined ? clock(row.at) : clock(row.at).slice(0, 8))
    const tone = last === undefined ? undefined : toneOf(last)
    // Phases are many and say little, so they share one name, and the line lists them in order.
    say(type, tone === "phase" ? "phase" : (last?.type ?? ""))
    say(what, row === undefined || last === undefined ? "…" : tone === "phase" ? phases(row) : summary(last))
    mark(element, "data-tone", tone)
    for (const event of row?.events ?? []) this.learnType(event.type)
  }

  private learnType(type: string): void {
    if (this.knownTypes.has(type)) return
    this.knownTypes.add(type)
    this.types.append(h("option", { attrs: { value: type } }))
  }
}

const phases = ({ events }: Row): string => {
  const { length } = events
  return events.map((event, index) => `${event.type} ${index === length - 1 ? summary(event) : ""}`.trim()).join(" › ")
}

type Cells = { readonly [name in "sequence" | "time" | "name" | "type" | "what"]: HTMLElement }
const made = new WeakMap<HTMLElement, Cells>()

const cells = (element: HTMLElement): Cells => {
  const known = made.get(element)
  if (known !== undefined) return known
  const fresh: Cells = {
    sequence: h("span", { class: "log-sequence" }),
    time: h("span", { class: "log-time" }),
    name: h("span", { class: "log-name" }),
    type: h("span", { class: "log-type" }),
    what: h("span", { class: "log-what" })
  }
  element.classList.add("log-row")
  element.append(...Object.values(fresh))
  made.set(element, fresh)
  return fresh
}
