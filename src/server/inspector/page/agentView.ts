/**
 * One agent in the middle of the page: its name, the state of its machine, and its gauges.
 *
 * @since 0.1.0
 */
import { numberIn, textIn } from "./actors.js"
import { h, mark, say } from "./dom.js"
import { clock, count, inline, number } from "./format.js"
import { Gauges } from "./gauges.js"
import { PhaseRing } from "./phaseRing.js"
import { StatechartView } from "./statechart.js"
import type { Figures, Json, ModeChange, Snapshot, Statechart } from "./wire.js"

/** The values that are shown of an agent, live or at a sequence. */
export interface Shown {
  readonly id: string
  readonly name: string
  readonly sequence: number
  readonly at: number
  readonly snapshot: Snapshot
  readonly change: ModeChange | undefined
  readonly granted: Figures | undefined
}

const phraseOf = ({ context, status, value }: Snapshot): string => {
  if (status !== "active") return status
  const approvals = context["approvals"]
  if (Array.isArray(approvals) && approvals.length > 0) return `waits for ${count(approvals.length, "approval")}`
  const running = runningIn(context["calls"])
  if (running.length > 0) return `runs ${running.join(", ")}`
  const phase = textIn(context, "phase")
  if (context["run"] === undefined) return value === "Sleep" ? "sleeps until something new comes" : "has no run"
  return phase === "act" && context["plan"] === "think" ? "asks its model" : phase === "" ? "" : `in ${phase}`
}

const runningIn = (calls: Json | undefined): ReadonlyArray<string> =>
  Array.isArray(calls)
    ? calls.flatMap((call: Json) =>
        typeof call === "object" && call !== null && "status" in call && call.status === "started"
          ? [inline("toolName" in call ? call.toolName : "a tool", 40)]
          : []
      )
    : []

export class AgentView {
  readonly element: HTMLElement
  private readonly name = h("h2", { class: "agent-name" })
  private readonly mode = h("span", { class: "chip chip-large" })
  private readonly phrase = h("span", { class: "agent-phrase" })
  private readonly id = h("code", { class: "agent-id", attrs: { title: "The session's id" } })
  private readonly at = h("span", { class: "agent-at" })
  private readonly change = h("p", { class: "agent-change" })
  private readonly chart = new StatechartView()
  private readonly ring = new PhaseRing()
  private readonly gauges = new Gauges()
  private shownId = ""

  constructor() {
    this.element = h(
      "section",
      { class: "agent" },
      h(
        "header",
        { class: "agent-head" },
        h("div", { class: "agent-title" }, this.name, this.mode, this.phrase),
        h("div", { class: "agent-facts" }, this.id, this.at)
      ),
      this.chart.element,
      this.change,
      h("div", { class: "agent-lower" }, this.ring.element, ...this.gauges.elements)
    )
  }

  draw(statechart: Statechart): void {
    this.chart.draw(statechart)
    this.ring.draw(statechart.phases)
  }

  show({ at, change, granted, id, name, sequence, snapshot }: Shown, isLive: boolean): void {
    const { context, value } = snapshot
    say(this.name, name === "" ? id : name)
    say(this.mode, value)
    mark(this.mode, "data-mode", value)
    say(this.phrase, phraseOf(snapshot))
    say(this.id, id)
    say(this.at, at > 0 ? `event ${number(sequence)} · ${clock(at)}` : "before the first event")
    say(
      this.change,
      change === undefined
        ? "The mode has not changed yet."
        : `${change.from} → ${change.to}: ${change.rule === undefined ? "" : `${change.rule}, `}${change.reason} (event ${number(change.sequence)})`
    )
    mark(this.change, "data-mode", change?.to)
    this.chart.show(value, change, isLive && this.shownId === id)
    this.ring.show(textIn(context, "phase"), numberIn(context, "tick"))
    this.gauges.show(context, granted)
    this.shownId = id
  }
}
