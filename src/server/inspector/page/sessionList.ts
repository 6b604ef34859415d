/**
 * The sessions in the journal, to be replayed.
 *
 * @since 0.1.0
 */
import { get } from "./browser.js"
import { h, mark, say } from "./dom.js"
import { count, dateTime } from "./format.js"
import { VirtualList } from "./virtualList.js"
import type { SessionItem, Sessions } from "./wire.js"

const rowHeight = 46

export class SessionList {
  readonly element: HTMLElement
  private readonly list: VirtualList
  private readonly search = h("input", {
    class: "search",
    attrs: { type: "search", placeholder: "Find a session", "aria-label": "Find a session", spellcheck: "false" }
  })
  private readonly hint = h("p", { class: "hint" })
  private all: ReadonlyArray<SessionItem> = []
  private more = 0
  private shown: ReadonlyArray<SessionItem> = []
  private chosen: string | undefined

  constructor(onChoose: (session: SessionItem) => void) {
    this.list = new VirtualList({
      label: "Sessions",
      rowHeight,
      fill: (element, index) => fill(element, this.shown[index]),
      onChoose: (index) => {
        const session = this.shown[index]
        if (session !== undefined) onChoose(session)
      }
    })
    this.search.addEventListener("input", () => this.update())
    this.element = h("div", { class: "pane" }, this.search, this.hint, this.list.element)
  }

  /** Asks the server for the list. */
  async load(): Promise<void> {
    try {
      const { more, sessions } = await get<Sessions>("/api/sessions")
      this.all = sessions
      this.more = more
      this.update()
    } catch (error) {
      say(this.hint, error instanceof Error ? error.message : String(error))
    }
  }

  choose(sessionId: string | undefined): void {
    this.chosen = sessionId
    this.list.choose(this.shown.findIndex((session) => session.sessionId === sessionId))
  }

  private update(): void {
    const wanted = this.search.value.trim().toLowerCase()
    this.shown = this.all.filter(({ name, sessionId }) => `${name} ${sessionId}`.toLowerCase().includes(wanted))
    const rest = this.more > 0 ? `, and ${this.more} older` : ""
    say(
      this.hint,
      this.all.length === 0
        ? "There are no sessions in the journal yet."
        : `${count(this.shown.length, "session")}${rest}`
    )
    this.list.setCount(this.shown.length)
    this.list.refresh()
    this.choose(this.chosen)
  }
}

type Cells = { readonly [name in "dot" | "name" | "detail"]: HTMLElement }
const made = new WeakMap<HTMLElement, Cells>()

const fill = (element: HTMLElement, session: SessionItem | undefined): void => {
  if (session === undefined) return
  let known = made.get(element)
  if (known === undefined) {
    known = {
      dot: h("span", { class: "dot" }),
      name: h("span", { class: "actor-name" }),
      detail: h("span", { class: "actor-detail" })
    }
    element.classList.add("actor-row")
    element.append(known.dot, h("span", { class: "actor-text" }, known.name, known.detail))
    made.set(element, known)
  }
  const { head, name, runOpen, sessionId, updatedAt } = session
  element.title = sessionId
  say(known.name, name)
  say(known.detail, `${dateTime(Date.parse(updatedAt))} · ${count(head, "event")}${runOpen ? " · run open" : ""}`)
  mark(known.dot, "data-busy", runOpen ? "true" : undefined)
}
