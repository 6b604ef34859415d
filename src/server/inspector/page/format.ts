/**
 * Numbers, times and events as people read them.
 *
 * @since 0.1.0
 */
import type { ActorEvent, Json } from "./wire.js"

const none = "–"
const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 2 })

/** A number with separated thousands. */
export const number = (value: number): string => (Number.isFinite(value) ? grouped.format(value) : none)

/** A share from 0 to 1 in per cent. */
export const percent = (value: number): string => (Number.isFinite(value) ? `${Math.round(value * 100)} %` : none)

/** US dollars. */
export const usd = (value: number): string =>
  Number.isFinite(value) ? `$${value.toFixed(value !== 0 && Math.abs(value) < 1 ? 4 : 2)}` : none

/** A duration with its units. */
export const duration = (ms: number): string => {
  if (!Number.isFinite(ms) || ms < 0) return none
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`
  if (ms < 3_600_000) return two(Math.floor(ms / 60_000), "min", Math.floor((ms % 60_000) / 1_000), "s")
  return two(Math.floor(ms / 3_600_000), "h", Math.floor((ms % 3_600_000) / 60_000), "min")
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  `${large} ${largeUnit}${small === 0 ? "" : ` ${small} ${smallUnit}`}`

const pad = (value: number, digits = 2): string => String(value).padStart(digits, "0")

/** The time of day, with milliseconds. */
export const clock = (ms: number): string => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime())
    ? none
    : `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`
}

/** Day and time. */
export const dateTime = (ms: number): string => {
  const date = new Date(ms)
  return Number.isNaN(date.getTime())
    ? none
    : `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}

/** A number and its noun. */
export const count = (amount: number, noun: string): string => `${number(amount)} ${noun}${amount === 1 ? "" : "s"}`

/** A text on one line, cut at a limit. */
export const short = (text: string, charactersMax = 200): string => {
  const line = text
    .slice(0, 4 * charactersMax)
    .replace(/\s+/g, " ")
    .trim()
  return line.length <= charactersMax ? line : `${line.slice(0, charactersMax - 1)}…`
}

/** A value on one line. */
export const inline = (value: Json | undefined, charactersMax = 200): string =>
  value === undefined ? "" : short(typeof value === "string" ? value : JSON.stringify(value), charactersMax)

/** `camelCase` and `PascalCase` as words. */
export const words = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()

/** The kinds of events that are told apart by colour. */
export type Tone = "phase" | "user" | "model" | "tool" | "mode" | "run" | "human" | "error" | "other"

const tones: ReadonlyArray<readonly [RegExp, Tone]> = [
  [/^(Perceive|Orient|Decide|Act|Observe|Learn|Regulate|Report|PhaseEntered)$/, "phase"],
  [/^(UserMessage|ExternalSignal|Queued|Steered)/, "user"],
  [/^(ModelFailed|RunErrored|ErrorRaised|CircuitBreaker|ChildFailed|SandboxViolation|MessagesDropped)/, "error"],
  [/^(Assistant|Deliberation|Context|Model)/, "model"],
  [/^(Tool|File|Sandbox)/, "tool"],
  [/^(ModeChanged|Gates)/, "mode"],
  [/^(Approval|Policy)/, "human"],
  [/^(Run|Session|Branch|Checkpoint)/, "run"]
]

/** The kind an event belongs to. */
export const toneOf = (event: ActorEvent): Tone => {
  if (event.type === "ToolResult" && event["status"] !== undefined && event["status"] !== "ok") return "error"
  return tones.find(([pattern]) => pattern.test(event.type))?.[1] ?? "other"
}

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "")

/** Summary of an event on one line. */
export const summary = (event: ActorEvent): string => {
  const { sequence: _, type, ...fields } = event
  switch (type) {
    case "UserMessage":
    case "AssistantMessage":
      return inline(fields["content"]) || pairs(fields)
    case "ToolCall":
      return `${textOf(fields["toolName"])} ${inline(fields["input"])}`
    case "ToolResult":
      return `${textOf(fields["status"])} · ${duration(Number(fields["durationMs"]))} · ${inline(fields["output"])}`
    case "ModeChanged":
      return `${textOf(fields["from"])} → ${textOf(fields["to"])} · ${ruleText(fields)}${textOf(fields["reason"])}`
    case "RunFinished":
      return `${textOf(fields["reason"])} · ${inline(fields["finalAnswer"])}`
    default:
      return pairs(fields)
  }
}

const ruleText = ({ rule }: { readonly [name: string]: Json | undefined }): string =>
  rule === undefined ? "" : `${textOf(rule)}: `

const pairs = (fields: { readonly [name: string]: Json | undefined }): string =>
  short(
    Object.entries(fields)
      .map(([name, value]) => `${name}=${inline(value, 80)}`)
      .join("  ")
  )
