/**
 * The time bar: live or replay, a scrubber over the whole session, and the speed.
 *
 * @since 0.1.0
 */
import { h, mark, s, say } from "./dom.js"
import { number } from "./format.js"
import { eventsPerSecond, type Player, speeds } from "./player.js"
import type { Outline } from "./wire.js"

// The icons are paths, because fonts differ in the symbols they have.
const icons = {
  first: "M3 3v10M13 3L5.5 8L13 13z",
  back: "M11 3L5 8l6 5z",
  play: "M4.5 2.5L13 8l-8.5 5.5z",
  pause: "M4.5 3h2.4v10H4.5zM9.1 3h2.4v10H9.1z",
  on: "M5 3l6 5-6 5z"
} as const

const icon = (path: string) =>
  s("svg", { class: "icon", attrs: { viewBox: "0 0 16 16", "aria-hidden": "true" } }, s("path", { attrs: { d: path } }))

const button = (label: string, path: string, click: () => void): HTMLButtonElement =>
  h(
    "button",
    { class: "quiet", attrs: { type: "button", "aria-label": label, title: label }, on: { click } },
    icon(path)
  )

export class TimeBar {
  private player: Player | undefined
  private readonly playButton = button("Play (space)", icons.play, () => this.toggle())
  private readonly buttons = [
    button("To the first event (Home)", icons.first, () => this.player?.go(0)),
    button("One event back (←)", icons.back, () => this.player?.step(-1)),
    this.playButton,
    button("One event on (→)", icons.on, () => this.player?.step(1))
  ]
  private readonly liveButton = h(
    "button",
    { class: "live", attrs: { type: "button", title: "Follow (L)" }, on: { click: () => this.player?.follow() } },
    h("span", { class: "dot" }),
    "Live"
  )
  private readonly slider = h("input", {
    class: "scrubber",
    attrs: { type: "range", min: 0, max: 0, step: 1, "aria-label": "Sequence" },
    on: {
      input: () => {
        this.player?.pause()
        this.player?.go(Number(this.slider.value))
      }
    }
  })
  private readonly strip = s("svg", { class: "strip", attrs: { preserveAspectRatio: "none", "aria-hidden": "true" } })
  private readonly position = h("output", { class: "position" })
  private readonly speed = h(
    "select",
    {
      attrs: { "aria-label": "Speed", title: `1× is ${eventsPerSecond} events a second` },
      on: {
        change: () => {
          if (this.player !== undefined) this.player.speed = Number(this.speed.value)
        }
      }
    },
    ...speeds.map((speed) => h("option", { attrs: { value: speed } }, `${speed}×`))
  )
  private drawn: Outline | undefined

  constructor(parent: HTMLElement) {
    parent.replaceChildren(
      h("div", { class: "transport" }, ...this.buttons, this.speed),
      h("div", { class: "track" }, this.strip, this.slider),
      this.position,
      this.liveButton
    )
    this.show(undefined)
  }

  /** Shows the position of a player. Without a player, the controls are disabled. */
  show(player: Player | undefined): void {
    if (player !== this.player && player !== undefined) player.speed = Number(this.speed.value)
    this.player = player
    const { head = 0, live = true, outline, playing = false, sequence = 0 } = player ?? {}
    for (const control of [...this.buttons, this.liveButton, this.slider, this.speed]) {
      control.disabled = player === undefined
    }
    this.slider.max = String(head)
    this.slider.value = String(sequence)
    mark(this.slider, "aria-valuetext", `event ${sequence} of ${head}`)
    say(this.position, player === undefined ? "" : `${number(sequence)} / ${number(head)}`)
    const path = this.playButton.querySelector("path")
    if (path !== null) mark(path, "d", playing ? icons.pause : icons.play)
    mark(this.playButton, "aria-label", playing ? "Pause (space)" : "Play (space)")
    mark(this.liveButton, "aria-pressed", String(live && player !== undefined))
    if (outline !== this.drawn) this.draw(outline)
    this.strip.setAttribute("viewBox", `0 0 ${Math.max(1, head)} 10`)
  }

  toggle(): void {
    if (this.player?.playing === true) this.player.pause()
    else this.player?.play()
  }

  private draw(outline: Outline | undefined): void {
    this.drawn = outline
    if (outline === undefined) return this.strip.replaceChildren()
    const { head, modes, runs } = outline
    const bands = modes.map(({ mode, sequence }, index) =>
      s("rect", {
        class: "strip-mode",
        attrs: {
          "data-mode": mode,
          x: sequence,
          y: 0,
          height: 10,
          width: Math.max(0, (modes[index + 1]?.sequence ?? head) - sequence)
        }
      })
    )
    const marks = runs.map(({ sequence }) =>
      s("line", { class: "strip-run", attrs: { x1: sequence, x2: sequence, y1: 0, y2: 10 } })
    )
    this.strip.replaceChildren(...bands, ...marks)
  }
}
