/**
 * A JSON value as a tree that opens and closes. Branches are made when they are opened.
 *
 * @since 0.1.0
 */
import { h } from "./dom.js"
import { count, inline, short } from "./format.js"
import type { Json } from "./wire.js"

const itemsMax = 100
const textMax = 2_000

type Branch = Extract<Json, object>

const isBranch = (value: Json): value is Branch => typeof value === "object" && value !== null

const entriesOf = (value: Branch): ReadonlyArray<readonly [string, Json]> => Object.entries(value)

const preview = (value: Branch): string =>
  Array.isArray(value) ? count(value.length, "item") : short(`{ ${Object.keys(value).join(", ")} }`, 60)

const leaf = (value: Exclude<Json, object> | null): HTMLElement =>
  h("span", { class: `json-${value === null ? "null" : typeof value}` }, inlineText(value))

const inlineText = (value: Exclude<Json, object> | null): string => {
  if (typeof value !== "string") return String(value)
  const shown = value.length > textMax ? `${value.slice(0, textMax)}… (${count(value.length, "character")})` : value
  return JSON.stringify(shown)
}

/** Remembers the open branches while the value changes. */
export class JsonTree {
  readonly element = h("div", { class: "json", attrs: { role: "group" } })
  private readonly open = new Set<string>()
  private readonly closed = new Set<string>()
  private shown = ""

  /** Shows a value; branches above this depth start open. */
  show(value: Json, openDepth = 1): void {
    const text = JSON.stringify(value)
    if (text === this.shown) return
    this.shown = text
    const { scrollTop } = this.element
    this.element.replaceChildren(this.children(value, "", openDepth))
    this.element.scrollTop = scrollTop
  }

  private children(value: Json, path: string, openDepth: number): HTMLElement {
    if (!isBranch(value)) return h("div", { class: "json-line" }, leaf(value))
    const entries = entriesOf(value)
    const list = h("div", { class: "json-branch" })
    const add = (from: number) => {
      for (const [key, item] of entries.slice(from, from + itemsMax)) {
        list.append(this.entry(key, item, `${path}/${key}`, openDepth - 1))
      }
      const left = entries.length - from - itemsMax
      if (left <= 0) return
      const more = h("button", { class: "quiet json-more", attrs: { type: "button" } }, `${count(left, "more item")}`)
      more.addEventListener("click", () => {
        more.remove()
        add(from + itemsMax)
      })
      list.append(more)
    }
    add(0)
    return list
  }

  private entry(key: string, value: Json, path: string, openDepth: number): HTMLElement {
    const name = h("span", { class: "json-key" }, key)
    if (!isBranch(value) || entriesOf(value).length === 0) {
      const shown = isBranch(value) ? h("span", { class: "json-null" }, inline(value)) : leaf(value)
      return h("div", { class: "json-line" }, name, shown)
    }
    const details = h("details", {}, h("summary", {}, name, h("span", { class: "json-preview" }, preview(value))))
    const fill = () => {
      if (details.childElementCount === 1) details.append(this.children(value, path, openDepth))
    }
    details.open = this.open.has(path) || (openDepth >= 0 && !this.closed.has(path))
    if (details.open) fill()
    details.addEventListener("toggle", () => {
      const [to, from] = details.open ? [this.open, this.closed] : [this.closed, this.open]
      to.add(path)
      from.delete(path)
      if (details.open) fill()
    })
    return details
  }
}
