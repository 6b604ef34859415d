/**
 * The tree of actors, with a search.
 *
 * @since 0.1.0
 */
import { type Actors, numberIn, rootId, type TreeRow } from "./actors.js"
import { h, mark, say } from "./dom.js"
import { count, number } from "./format.js"
import { VirtualList } from "./virtualList.js"

const rowHeight = 38
const indent = 14

export class ActorList {
  readonly element: HTMLElement
  private readonly list: VirtualList
  private readonly search = h("input", {
    class: "search",
    attrs: { type: "search", placeholder: "Find an agent or mode", "aria-label": "Find an agent", spellcheck: "false" }
  })
  private readonly none = h("p", { class: "hint" }, "")
  private rows: ReadonlyArray<TreeRow> = []
  private builtFrom = ""
  private chosen: string | undefined

  constructor(
    private readonly actors: Actors,
    onChoose: (id: string) => void
  ) {
    this.list = new VirtualList({
      label: "Agents",
      rowHeight,
      fill: (element, index) => fill(element, this.rows[index], this.actors.size),
      onChoose: (index) => {
        const row = this.rows[index]
        if (row !== undefined) onChoose(row.actor.id)
      }
    })
    this.search.addEventListener("input", () => this.refresh())
    this.element = h("div", { class: "pane" }, this.search, this.none, this.list.element)
  }

  choose(id: string | undefined): void {
    if (id === this.chosen) return
    this.chosen = id
    const index = this.indexOf(id)
    this.list.choose(index)
    if (index >= 0) this.list.reveal(index)
  }

  /** Shows the actors after a change. */
  refresh(): void {
    const text = this.search.value
    // A search may be for a mode, and modes change while the tree stays the same.
    const from = text === "" ? String(this.actors.version) : ""
    if (from === "" || from !== this.builtFrom) {
      this.builtFrom = from
      this.rows = this.actors.rows(text)
      this.list.setCount(this.rows.length)
      this.list.choose(this.indexOf(this.chosen))
      say(this.none, this.rows.length > 0 ? "" : text === "" ? "No agents yet." : "No agent fits.")
    }
    this.list.refresh()
  }

  focusSearch(): void {
    this.search.focus()
  }

  private indexOf(id: string | undefined): number {
    return this.rows.findIndex(({ actor }) => actor.id === id)
  }
}

type Cells = { readonly [name in "dot" | "name" | "detail" | "mode"]: HTMLElement }
const made = new WeakMap<HTMLElement, Cells>()

const cells = (element: HTMLElement): Cells => {
  const known = made.get(element)
  if (known !== undefined) return known
  const fresh = {
    dot: h("span", { class: "dot" }),
    name: h("span", { class: "actor-name" }),
    detail: h("span", { class: "actor-detail" }),
    mode: h("span", { class: "chip" })
  }
  element.classList.add("actor-row")
  element.append(fresh.dot, h("span", { class: "actor-text" }, fresh.name, fresh.detail), fresh.mode)
  made.set(element, fresh)
  return fresh
}

const fill = (element: HTMLElement, row: TreeRow | undefined, agents: number): void => {
  const { detail, dot, mode, name } = cells(element)
  if (row === undefined) return
  const { actor, depth } = row
  const { context, status, value } = actor.snapshot
  const isRoot = actor.id === rootId
  element.style.paddingInlineStart = `${12 + depth * indent}px`
  element.title = actor.id
  say(name, isRoot ? "All agents" : actor.name === "" ? actor.id : actor.name)
  say(
    detail,
    isRoot ? count(agents, "agent") : `tick ${number(numberIn(context, "tick"))} · ${count(actor.sequence, "event")}`
  )
  say(mode, isRoot ? "" : status === "active" ? value : status)
  mark(mode, "data-mode", isRoot || status !== "active" ? "" : value)
  mark(dot, "data-mode", isRoot ? "" : value)
  mark(dot, "data-status", status)
  mark(dot, "data-root", isRoot ? "true" : undefined)
  mark(dot, "data-busy", context["run"] === undefined ? undefined : "true")
}
