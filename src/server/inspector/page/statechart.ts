/**
 * The picture of the agent machine, with its present mode and its last transition lit.
 *
 * @since 0.1.0
 */
import { h, mark, s, say } from "./dom.js"
import type { ModeChange, ModeEdge, Statechart } from "./wire.js"

interface DrawnEdge {
  readonly edge: ModeEdge
  readonly group: SVGGElement
  readonly path: SVGPathElement
}

const labelledMin = 140

export class StatechartView {
  readonly element = h("figure", { class: "chart", attrs: { "aria-label": "The modes of the agent" } })
  private readonly modes = new Map<string, SVGGElement>()
  private readonly edges: Array<DrawnEdge> = []
  private label: SVGTextElement | undefined
  private shownChange = -1

  /** Draws the machine. */
  draw({ edges, height, initial, modes, width }: Statechart): void {
    this.shownChange = -1
    const label = s("text", { class: "chart-label", attrs: { "text-anchor": "middle" } })
    this.label = label
    this.edges.push(...edges.map(drawEdge))
    for (const { height, mode, width, x, y } of modes) {
      const group = s(
        "g",
        { class: "chart-mode", attrs: { "data-mode": mode, transform: `translate(${x} ${y})` } },
        s("rect", { attrs: { width, height, rx: 10 } }),
        ...(mode === initial ? [s("circle", { class: "chart-initial", attrs: { cx: 0, cy: 0, r: 5 } })] : []),
        s("circle", { class: "chart-dot", attrs: { cx: 15, cy: height / 2, r: 4 } }),
        s("text", { attrs: { x: 26, y: height / 2, "dominant-baseline": "central" } }, mode)
      )
      group.addEventListener("mouseenter", () => this.trace(mode))
      group.addEventListener("mouseleave", () => this.trace(undefined))
      this.modes.set(mode, group)
    }
    const arrow = s(
      "marker",
      {
        attrs: {
          id: "arrow",
          viewBox: "0 0 8 8",
          refX: 7,
          refY: 4,
          markerUnits: "userSpaceOnUse",
          markerWidth: 13,
          markerHeight: 13,
          orient: "auto-start-reverse"
        }
      },
      s("path", { class: "chart-arrow", attrs: { d: "M 0 1 L 7 4 L 0 7 z" } })
    )
    const image = s(
      "svg",
      { attrs: { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Statechart of the six modes" } },
      s("defs", {}, arrow),
      s("g", {}, ...this.edges.map(({ group }) => group)),
      s("g", {}, ...this.modes.values()),
      label
    )
    this.element.replaceChildren(image)
  }

  /** Shows a state. `flash` says that the change has just happened. */
  show(mode: string, change: ModeChange | undefined, flash: boolean): void {
    for (const [name, group] of this.modes) {
      mark(group, "data-current", name === mode ? "true" : undefined)
      mark(group, "data-last", change?.from === name && change.to === mode ? "true" : undefined)
    }
    if (change === undefined || change.to !== mode) {
      this.shownChange = -1
      this.light(undefined, false)
    } else if (change.sequence !== this.shownChange) {
      const isFirst = this.shownChange < 0
      this.shownChange = change.sequence
      this.light(change, flash && !isFirst)
    }
  }

  private light(change: ModeChange | undefined, flash: boolean): void {
    if (this.label !== undefined) say(this.label, "")
    for (const { edge, group, path } of this.edges) {
      const there = change?.from === edge.from && change.to === edge.to
      const back = change?.from === edge.to && change.to === edge.from
      const lit = there || back
      mark(group, "data-lit", lit ? "true" : undefined)
      group.classList.remove("is-flashing")
      if (!lit || change === undefined) {
        mark(path, "marker-end", undefined)
        mark(path, "marker-start", undefined)
        continue
      }
      mark(group, "data-mode", change.to)
      mark(path, "marker-end", there ? "url(#arrow)" : undefined)
      mark(path, "marker-start", back ? "url(#arrow)" : undefined)
      if (flash) {
        // Reading a size restarts the animation.
        void group.getBoundingClientRect()
        group.classList.add("is-flashing")
      }
      this.place(path, change.rule ?? (there ? edge.label : edge.back) ?? "")
    }
  }

  private place(path: SVGPathElement, text: string): void {
    if (this.label === undefined) return
    const length = path.getTotalLength()
    // A short edge has no room for words; its title has them, too.
    if (length < labelledMin) return
    const { x, y } = path.getPointAtLength(length / 2)
    say(this.label, text)
    this.label.setAttribute("x", String(x))
    this.label.setAttribute("y", String(y - 7))
  }

  private trace(mode: string | undefined): void {
    for (const { edge, group } of this.edges) {
      mark(group, "data-traced", mode !== undefined && (edge.from === mode || edge.to === mode) ? "true" : undefined)
    }
  }
}

const drawEdge = (edge: ModeEdge): DrawnEdge => {
  const path = s("path", { class: "chart-edge", attrs: { d: edge.path } })
  const title = `${edge.from} to ${edge.to}: ${edge.label}${edge.back === undefined ? "" : `; back: ${edge.back}`}`
  return { edge, path, group: s("g", { class: "chart-way" }, s("title", {}, title), path) }
}
