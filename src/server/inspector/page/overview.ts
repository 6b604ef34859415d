/**
 * All agents at a glance: how many are in each mode, and one tile for each of them.
 *
 * @since 0.1.0
 */
import { type Actor, type Actors, numberIn, rootId } from "./actors.js"
import { h, mark, say } from "./dom.js"
import { count, number } from "./format.js"

const tilesMax = 2_000

export class Overview {
  readonly element: HTMLElement
  private readonly heading = h("h2", {})
  private readonly bars = h("div", { class: "overview-bars" })
  private readonly tiles = h("div", { class: "overview-tiles" })
  private readonly rest = h("p", { class: "hint" })
  private readonly byId = new Map<string, HTMLElement>()
  private readonly byMode = new Map<string, { readonly bar: HTMLElement; readonly amount: HTMLElement }>()

  constructor(
    private readonly actors: Actors,
    private readonly onChoose: (id: string) => void
  ) {
    this.element = h("section", { class: "overview" }, this.heading, this.bars, this.tiles, this.rest)
  }

  /** Draws one bar for each mode, in the given order. */
  draw(modes: ReadonlyArray<string>): void {
    this.bars.replaceChildren(
      ...modes.map((mode) => {
        const bar = h("span", { class: "overview-fill", attrs: { "data-mode": mode } })
        const amount = h("span", { class: "overview-amount" })
        this.byMode.set(mode, { bar, amount })
        return h(
          "div",
          { class: "overview-bar" },
          h("span", { class: "overview-mode" }, mode),
          h("span", { class: "overview-track" }, bar),
          amount
        )
      })
    )
  }

  refresh(): void {
    const agents = [...this.actors.all].filter(({ id }) => id !== rootId)
    say(this.heading, count(agents.length, "agent"))
    const amounts = new Map<string, number>()
    for (const { snapshot } of agents) amounts.set(snapshot.value, (amounts.get(snapshot.value) ?? 0) + 1)
    for (const [mode, { amount, bar }] of this.byMode) {
      const agentsInMode = amounts.get(mode) ?? 0
      say(amount, number(agentsInMode))
      bar.style.transform = `scaleX(${agents.length === 0 ? 0 : agentsInMode / agents.length})`
    }
    mark(this.element, "data-size", agents.length > 60 ? "many" : "few")
    for (const actor of agents.slice(0, tilesMax)) this.tile(actor, agents.length > 60)
    const left = agents.length - tilesMax
    say(this.rest, left > 0 ? `${count(left, "more agent")} in the list on the left` : "")
  }

  private tile(actor: Actor, small: boolean): void {
    const { id, name, snapshot } = actor
    let tile = this.byId.get(id)
    if (tile === undefined) {
      tile = h(
        "button",
        { class: "tile", attrs: { type: "button" }, on: { click: () => this.onChoose(id) } },
        h("span", { class: "tile-name" }),
        h("span", { class: "tile-mode" })
      )
      this.byId.set(id, tile)
      this.tiles.append(tile)
    }
    const text = `${snapshot.value} · tick ${number(numberIn(snapshot.context, "tick"))}`
    mark(tile, "data-mode", snapshot.value)
    mark(tile, "data-status", snapshot.status)
    mark(tile, "title", `${name}: ${text}`)
    mark(tile, "aria-label", `${name}: ${text}`)
    if (small || tile.firstElementChild === null || tile.lastElementChild === null) return
    say(tile.firstElementChild, name)
    say(tile.lastElementChild, text)
  }
}
