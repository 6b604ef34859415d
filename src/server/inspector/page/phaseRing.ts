/**
 * The eight phases of a tick as a ring.
 *
 * @since 0.1.0
 */
import { h, mark, s, say } from "./dom.js"
import { number } from "./format.js"

const size = 220
const centre = size / 2
const inner = 66
const outer = 84
const gapRadians = 0.07

export class PhaseRing {
  readonly element = h("figure", { class: "ring", attrs: { "aria-label": "The phase of the tick" } })
  private readonly arcs = new Map<string, SVGGElement>()
  private readonly tick = s("text", { class: "ring-tick", attrs: { x: centre, y: centre - 4 } })
  private readonly phase = s("text", { class: "ring-phase", attrs: { x: centre, y: centre + 20 } })

  /** Draws the ring. */
  draw(phases: ReadonlyArray<string>): void {
    const step = (2 * Math.PI) / phases.length
    phases.forEach((phase, index) => {
      const middle = index * step
      const label = at(outer + 12, middle)
      const anchor = Math.abs(label.x - centre) < 12 ? "middle" : label.x > centre ? "start" : "end"
      this.arcs.set(
        phase,
        s(
          "g",
          { class: "ring-part" },
          s("path", { attrs: { d: arc(middle - step / 2 + gapRadians / 2, middle + step / 2 - gapRadians / 2) } }),
          s("text", { attrs: { x: label.x, y: label.y, "text-anchor": anchor, "dominant-baseline": "central" } }, phase)
        )
      )
    })
    this.element.replaceChildren(
      s(
        "svg",
        { attrs: { viewBox: `-46 -6 ${size + 92} ${size + 12}`, role: "img", "aria-label": "Phases of the tick" } },
        ...this.arcs.values(),
        this.tick,
        this.phase
      )
    )
  }

  /** Shows the phase an agent is in, and the phases before it in this tick as past. */
  show(phase: string, tick: number): void {
    let past = this.arcs.has(phase)
    for (const [name, part] of this.arcs) {
      if (name === phase) past = false
      mark(part, "data-at", name === phase ? "now" : past ? "past" : undefined)
    }
    say(this.tick, number(tick))
    say(this.phase, phase === "" ? "" : "tick")
  }
}

const at = (radius: number, angle: number) => ({
  x: centre + radius * Math.sin(angle),
  y: centre - radius * Math.cos(angle)
})

const arc = (from: number, to: number): string => {
  const point = (radius: number, angle: number) => {
    const { x, y } = at(radius, angle)
    return `${x.toFixed(2)} ${y.toFixed(2)}`
  }
  return (
    `M ${point(outer, from)} A ${outer} ${outer} 0 0 1 ${point(outer, to)} ` +
    `L ${point(inner, to)} A ${inner} ${inner} 0 0 0 ${point(inner, from)} Z`
  )
}
