/**
 * The sequence diagram: the messages up to the sequence that the page shows.
 *
 * @since 0.1.0
 */
import { h, mark, s } from "./dom.js"
import { short } from "./format.js"
import { type Arrow, arrowsOf, participants, participantsOf } from "./interactions.js"
import type { Records, Row } from "./records.js"

const rowHeight = 34
const columnWidthMin = 104
const side = 52
const top = 8
/** Number of records before the present one that the diagram reads. */
const recordsBefore = 400
const textMax = 32

export class SequenceDiagram {
  readonly element: HTMLElement
  private readonly heads = h("div", { class: "sequence-heads" })
  private readonly body = h("div", { class: "sequence-body" })
  private readonly empty = h("p", { class: "hint" }, "No messages yet.")
  private drawn = ""
  private wanted = 0

  constructor(
    private readonly nameOf: (id: string) => string,
    private readonly onChoose: (sequence: number) => void
  ) {
    this.element = h("div", { class: "sequence", attrs: { tabindex: 0, "aria-label": "Messages" } })
    this.element.append(this.heads, this.body)
  }

  /** Shows the messages up to a sequence. */
  async show(records: Records, agentName: string, sequence: number, isLive: boolean): Promise<void> {
    this.wanted = sequence
    const from = Math.max(1, sequence - recordsBefore)
    await records.ensure(from, sequence)
    if (this.wanted !== sequence) return
    const rows: Array<Row> = []
    for (let at = from; at <= sequence; at++) {
      const row = records.row(at)
      if (row !== undefined) rows.push(row)
    }
    const arrows = arrowsOf(rows, this.nameOf)
    const key = `${records.sessionId} ${arrows[0]?.sequence} ${arrows.at(-1)?.sequence} ${arrows.length} ${agentName} ${this.element.clientWidth}`
    if (key !== this.drawn) {
      this.drawn = key
      this.draw(arrows, agentName)
    }
    this.point(sequence, isLive)
  }

  private draw(arrows: ReadonlyArray<Arrow>, agentName: string): void {
    if (arrows.length === 0) {
      this.heads.replaceChildren()
      this.body.replaceChildren(this.empty)
      return
    }
    const names = participantsOf(arrows)
    const columnWidth = Math.max(
      columnWidthMin,
      (this.element.clientWidth - 2 * side - 12) / Math.max(1, names.length - 1)
    )
    const place = new Map(names.map((name, index) => [name, side + index * columnWidth]))
    const width = 2 * side + (names.length - 1) * columnWidth
    const height = top + arrows.length * rowHeight + 16
    this.heads.style.width = `${width}px`
    this.heads.replaceChildren(
      ...names.map((name) => {
        const head = h(
          "span",
          { class: "sequence-head", attrs: { title: name, "data-kind": kindOf(name) } },
          short(name === participants.agent ? agentName : name, 14)
        )
        head.style.left = `${place.get(name) ?? 0}px`
        return head
      })
    )
    const lines = [...place.values()].map((x) =>
      s("line", { class: "sequence-life", attrs: { x1: x, x2: x, y1: 0, y2: height } })
    )
    const image = s(
      "svg",
      { attrs: { width, height, viewBox: `0 0 ${width} ${height}` } },
      ...lines,
      ...arrows.map((arrow, index) => this.drawArrow(arrow, top + (index + 0.7) * rowHeight, place, width))
    )
    this.body.replaceChildren(image)
  }

  private drawArrow(
    { answer, from, sequence, text, to, tone }: Arrow,
    y: number,
    place: ReadonlyMap<string, number>,
    width: number
  ): SVGGElement {
    const [x1, x2] = [place.get(from) ?? side, place.get(to) ?? side]
    const direction = x2 >= x1 ? 1 : -1
    const group = s(
      "g",
      { class: "sequence-arrow", attrs: { "data-tone": tone, "data-sequence": sequence } },
      s("title", {}, `${sequence}: ${from} to ${to}: ${short(text, 300)}`),
      s("rect", { class: "sequence-row", attrs: { x: 0, width, y: y - 0.7 * rowHeight, height: rowHeight } }),
      s("line", {
        attrs: { x1, x2: x2 - direction * 6, y1: y, y2: y, "stroke-dasharray": answer ? "4 3" : undefined }
      }),
      s("path", { attrs: { d: `M ${x2 - direction * 7} ${y - 4} L ${x2} ${y} L ${x2 - direction * 7} ${y + 4} z` } }),
      s("text", { attrs: { x: (x1 + x2) / 2, y: y - 6, "text-anchor": "middle" } }, short(text, textMax))
    )
    group.addEventListener("click", () => this.onChoose(sequence))
    return group
  }

  private point(sequence: number, isLive: boolean): void {
    const arrows = [...this.body.querySelectorAll<SVGGElement>(".sequence-arrow")]
    const current = isLive ? undefined : arrows.findLast((arrow) => Number(arrow.dataset["sequence"]) <= sequence)
    for (const arrow of arrows) mark(arrow, "data-current", arrow === current ? "true" : undefined)
    this.element.scrollTop = this.element.scrollHeight
  }
}

const kindOf = (name: string): string => (Object.hasOwn(participants, name) ? name : "other")
