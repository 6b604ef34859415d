/**
 * Panels of which one is shown.
 *
 * @since 0.1.0
 */
import { h } from "./dom.js"

/** A panel and the name on its tab. */
export interface Tab {
  readonly name: string
  readonly panel: HTMLElement
}

let made = 0

export class Tabs {
  readonly element: HTMLElement
  private readonly buttons: ReadonlyArray<HTMLButtonElement>
  private index = 0

  constructor(
    label: string,
    private readonly tabs: ReadonlyArray<Tab>,
    private readonly onShow: (index: number) => void = () => {}
  ) {
    const group = `tabs-${++made}`
    this.buttons = tabs.map(({ name, panel }, index) => {
      panel.id = `${group}-${index}`
      panel.setAttribute("role", "tabpanel")
      panel.classList.add("tab-panel")
      return h(
        "button",
        {
          class: "tab",
          attrs: { type: "button", role: "tab", "aria-controls": panel.id },
          on: { click: () => this.show(index) }
        },
        name
      )
    })
    const bar = h(
      "div",
      {
        class: "tab-bar",
        attrs: { role: "tablist", "aria-label": label },
        on: {
          keydown: (event) => {
            const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
            if (step === undefined) return
            event.stopPropagation()
            this.show((this.index + step + tabs.length) % tabs.length)
            this.buttons[this.index]?.focus()
          }
        }
      },
      ...this.buttons
    )
    this.element = h("div", { class: "tabs" }, bar, ...tabs.map(({ panel }) => panel))
    this.show(0)
  }

  /** The index of the tab that is shown. */
  get shown(): number {
    return this.index
  }

  show(index: number): void {
    this.index = index
    this.tabs.forEach(({ panel }, each) => {
      panel.hidden = each !== index
    })
    this.buttons.forEach((button, each) => {
      button.setAttribute("aria-selected", String(each === index))
      button.tabIndex = each === index ? 0 : -1
    })
    this.onShow(index)
  }
}
