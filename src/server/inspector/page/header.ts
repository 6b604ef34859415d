/**
 * The header: the state of the connection, the rate of events, and the colours.
 *
 * @since 0.1.0
 */
import { after, remember, remembered } from "./browser.js"
import type { ConnectionState } from "./connection.js"
import { byId, h, mark, say } from "./dom.js"
import { count, number } from "./format.js"

const sentences: Readonly<Record<ConnectionState, string>> = {
  connecting: "connecting",
  live: "connected",
  broken: "connection lost, trying again",
  "given up": "not connected: the program has ended; `life inspect` shows its sessions again"
}

const rateMs = 1_000

export class Header {
  private readonly counts = byId("counts")
  private readonly state = h("span", {})
  private readonly lost = h("span", {
    class: "lost",
    attrs: { title: "The page did not keep up, or something was not understood. The journal has everything." }
  })
  private readonly retry = h("button", { class: "quiet", attrs: { type: "button" } }, "Retry")
  private dropped = 0
  private eventsBefore = 0
  private agents = 0
  private events = 0
  private rate = 0

  constructor(onRetry: () => void) {
    const connection = byId("connection")
    connection.replaceChildren(this.lost, h("span", { class: "dot" }), this.state, this.retry)
    this.retry.addEventListener("click", onRetry)
    this.retry.hidden = true
    const theme = remembered("theme")
    if (theme !== undefined) document.documentElement.dataset["theme"] = theme
    byId("theme").addEventListener("click", () => {
      const root = document.documentElement
      const dark = getComputedStyle(root).colorScheme === "dark" || (root.dataset["theme"] ?? systemTheme()) === "dark"
      root.dataset["theme"] = dark ? "light" : "dark"
      remember("theme", root.dataset["theme"])
    })
    this.measure()
  }

  connection(state: ConnectionState): void {
    say(this.state, sentences[state])
    mark(byId("connection"), "data-state", state)
    this.retry.hidden = state === "live" || state === "connecting"
  }

  addDropped(dropped: number): void {
    this.dropped += dropped
    say(this.lost, this.dropped === 0 ? "" : `${count(this.dropped, "message")} dropped`)
  }

  show(agents: number, events: number): void {
    this.agents = agents
    this.events = events
    this.tell()
  }

  private tell(): void {
    say(this.counts, `${count(this.agents, "agent")} · ${number(this.rate)} events/s`)
  }

  private measure(): void {
    after(rateMs, () => {
      this.rate = this.events - this.eventsBefore
      this.eventsBefore = this.events
      this.tell()
      this.measure()
    })
  }
}

const systemTheme = (): string => (matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark")
