/**
 * A list that only has elements for the rows in sight, so that a hundred thousand rows cost no more than thirty.
 *
 * @since 0.1.0
 */
import { beforeFrame } from "./browser.js"
import { h } from "./dom.js"

/** Options of a list. */
export interface VirtualListOptions {
  readonly label: string
  readonly rowHeight: number
  /** Fills an element with a row; the element may have shown another row before. */
  readonly fill: (element: HTMLElement, index: number) => void
  readonly onChoose: (index: number) => void
  /** Takes the first and the last row that are drawn. */
  readonly onRange?: (first: number, last: number) => void
}

let lists = 0
const spare = 6

export class VirtualList {
  readonly element: HTMLElement
  private readonly sizer: HTMLElement
  private readonly pool = new Map<number, HTMLElement>()
  private readonly name = `list-${++lists}`
  private count = 0
  private chosen = -1
  private readonly draw = beforeFrame(() => this.render())

  constructor(private readonly options: VirtualListOptions) {
    this.sizer = h("div", { class: "vlist-sizer" })
    this.element = h(
      "div",
      {
        class: "vlist",
        attrs: { role: "listbox", tabindex: 0, "aria-label": options.label },
        on: {
          scroll: () => this.draw(),
          keydown: (event) => this.onKey(event),
          click: (event) => {
            const row = event.target instanceof Element ? event.target.closest("[data-index]") : null
            if (row instanceof HTMLElement) options.onChoose(Number(row.dataset["index"]))
          }
        }
      },
      this.sizer
    )
    new ResizeObserver(() => this.draw()).observe(this.element)
  }

  /** Sets the number of rows. */
  setCount(count: number): void {
    if (count !== this.count) {
      this.count = count
      this.sizer.style.height = `${count * this.options.rowHeight}px`
    }
    this.draw()
  }

  /** Fills the rows in sight again. */
  refresh(): void {
    this.draw()
  }

  /** Marks a row; -1 for none. */
  choose(index: number): void {
    if (index === this.chosen) return
    this.chosen = index
    this.draw()
  }

  /** Brings a row in sight. */
  reveal(index: number): void {
    const { rowHeight } = this.options
    const { clientHeight, scrollTop } = this.element
    const top = index * rowHeight
    if (top < scrollTop || top + rowHeight > scrollTop + clientHeight) {
      this.element.scrollTop = Math.max(0, top - clientHeight / 2)
    }
  }

  /** Goes to the last row. */
  toEnd(): void {
    this.element.scrollTop = this.count * this.options.rowHeight
  }

  /** True while the last row is in sight. */
  get atEnd(): boolean {
    const { clientHeight, scrollHeight, scrollTop } = this.element
    return scrollHeight - scrollTop - clientHeight < 2 * this.options.rowHeight
  }

  private onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key]
    const target =
      step !== undefined
        ? this.chosen + step
        : event.key === "Home"
          ? 0
          : event.key === "End"
            ? this.count - 1
            : undefined
    if (target === undefined || this.count === 0) return
    event.preventDefault()
    event.stopPropagation()
    const index = Math.max(0, Math.min(target, this.count - 1))
    this.reveal(index)
    this.options.onChoose(index)
  }

  private render(): void {
    const { fill, onRange, rowHeight } = this.options
    const { clientHeight, scrollTop } = this.element
    if (clientHeight === 0) return
    const first = Math.max(0, Math.floor(scrollTop / rowHeight) - spare)
    const last = Math.min(this.count - 1, Math.ceil((scrollTop + clientHeight) / rowHeight) + spare)
    const free: Array<HTMLElement> = []
    for (const [index, row] of this.pool) {
      if (index >= first && index <= last) continue
      this.pool.delete(index)
      free.push(row)
    }
    for (let index = first; index <= last; index++) {
      const row = this.pool.get(index) ?? free.pop() ?? this.makeRow()
      this.pool.set(index, row)
      row.dataset["index"] = String(index)
      row.id = `${this.name}-${index}`
      row.style.transform = `translateY(${index * rowHeight}px)`
      row.setAttribute("aria-selected", String(index === this.chosen))
      row.setAttribute("aria-posinset", String(index + 1))
      row.setAttribute("aria-setsize", String(this.count))
      fill(row, index)
    }
    for (const row of free) row.remove()
    if (this.chosen >= first && this.chosen <= last) {
      this.element.setAttribute("aria-activedescendant", `${this.name}-${this.chosen}`)
    } else this.element.removeAttribute("aria-activedescendant")
    if (last >= first) onRange?.(first, last)
  }

  private makeRow(): HTMLElement {
    const row = h("div", { class: "vlist-row", attrs: { role: "option" } })
    row.style.height = `${this.options.rowHeight}px`
    this.sizer.append(row)
    return row
  }
}
