/**
 * The state vector and the budget as bars.
 *
 * @since 0.1.0
 */
import { figuresIn } from "./actors.js"
import { h, mark, say } from "./dom.js"
import { duration, number, percent, usd, words } from "./format.js"
import type { Figures, Json } from "./wire.js"

interface Bar {
  readonly row: HTMLElement
  readonly name: HTMLElement
  readonly fill: HTMLElement
  readonly value: HTMLElement
}

const budgetNames: Readonly<Record<string, readonly [label: string, show: (value: number) => string]>> = {
  tokensRemaining: ["tokens", number],
  timeRemainingMs: ["time", duration],
  costRemainingUsd: ["cost", usd],
  toolCallsRemaining: ["tool calls", number],
  ticksRemaining: ["ticks", number],
  errorBudgetRemaining: ["errors", number]
}

// An error streak is a count; this many fill the bar.
const streakFull = 5

/** A panel with a heading and one bar for each figure. */
class Panel {
  readonly element: HTMLElement
  private readonly bars = new Map<string, Bar>()
  private readonly list = h("div", { class: "gauge-list" })

  constructor(heading: string, name: string) {
    this.element = h("section", { class: `gauges gauges-${name}` }, h("h3", {}, heading), this.list)
  }

  bar(name: string, label: string, share: number, text: string, tone: string | undefined): void {
    const known = this.bars.get(name) ?? this.add(name)
    say(known.name, label)
    say(known.value, text)
    const bounded = Number.isFinite(share) ? Math.max(0, Math.min(share, 1)) : 0
    known.fill.style.transform = `scaleX(${bounded})`
    mark(known.row, "data-tone", tone)
  }

  private add(name: string): Bar {
    const bar: Bar = {
      row: h("div", { class: "gauge" }),
      name: h("span", { class: "gauge-name" }),
      fill: h("span", { class: "gauge-fill" }),
      value: h("span", { class: "gauge-value" })
    }
    bar.row.append(bar.name, h("span", { class: "gauge-track" }, bar.fill), bar.value)
    this.bars.set(name, bar)
    this.list.append(bar.row)
    return bar
  }
}

export class Gauges {
  private readonly vector = new Panel("State", "vector")
  private readonly budget = new Panel("Budget left", "budget")
  readonly elements = [this.vector.element, this.budget.element]

  show(context: { readonly [key: string]: Json }, granted: Figures | undefined): void {
    this.showVector(context["vector"])
    const left = figuresIn(context["budget"]) ?? {}
    for (const [name, [label, show]] of Object.entries(budgetNames)) {
      const value = left[name] ?? Number.NaN
      const of = granted?.[name]
      const share = of === undefined || of === 0 ? Number.NaN : value / of
      this.budget.bar(
        name,
        label,
        share,
        of === undefined ? show(value) : `${show(value)} of ${show(of)}`,
        share < 0.1 ? "bad" : share < 0.25 ? "warn" : undefined
      )
    }
  }

  private showVector(vector: Json | undefined): void {
    if (typeof vector !== "object" || vector === null || Array.isArray(vector)) return
    for (const [name, value] of Object.entries(vector)) {
      if (typeof value === "number") {
        const isCount = name === "errorStreak"
        const share = isCount ? value / streakFull : value
        const good = name === "progress"
        this.vector.bar(
          name,
          words(name),
          share,
          isCount ? number(value) : percent(value),
          good ? "good" : share >= 0.8 ? "bad" : share >= 0.5 ? "warn" : undefined
        )
      } else {
        const levels = ["low", "medium", "high", "critical"]
        const level = levels.indexOf(String(value))
        this.vector.bar(
          name,
          words(name),
          (level + 1) / levels.length,
          String(value),
          [undefined, "warn", "bad", "bad"][level]
        )
      }
    }
  }
}
