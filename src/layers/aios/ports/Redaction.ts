/**
 * Redaction of messages to watchers: secrets are masked, and long texts are shortened.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { InspectedEvent, InspectedSnapshot, Inspection } from "./Inspector.js"
import type { Json } from "../schema/Json.js"
import { Limits } from "../schema/Limits.js"
import { maskJson, maskSecrets } from "../schema/secrets.js"

/**
 * Changes a message before any watcher sees it.
 *
 * @since 0.1.0
 * @category models
 */
export type Redaction = (inspection: Inspection) => Inspection

// Characters after the limit that are searched as well: enough to recognise a secret that begins before the limit.
const marginCharacters = 4_096

const head = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : text.slice(0, charactersMax).replace(/[\uD800-\uDBFF]$/, "")

const cut = (text: string, charactersMax: number): string =>
  text.length <= charactersMax ? text : `${head(text, charactersMax)}… [${text.length} characters]`

const tidyText = (text: string): string => {
  const { inspectionTextCharactersMax: charactersMax } = Limits
  if (text.length <= charactersMax) return maskSecrets(text)
  const shown = maskSecrets(text.slice(0, charactersMax + marginCharacters))
  return `${head(shown, charactersMax)}… [${text.length} characters]`
}

// Parts of a state stay the same objects from one event to the next, and the message of the next snapshot repeats an
// event, so each object is redacted once.
const tidied = new WeakMap<object, Json>()

const tidy = (part: Json): Json => {
  if (typeof part !== "object" || part === null) return maskJson(part, tidyText)
  const known = tidied.get(part)
  if (known !== undefined) return known
  const made = maskJson(part, tidyText)
  tidied.set(part, made)
  return made
}

// An event is JSON, except that fields may be `undefined`.
const tidyEvent = (event: InspectedEvent): InspectedEvent => tidy(event as Json) as InspectedEvent

const tidyContext = (context: InspectedSnapshot["context"]): InspectedSnapshot["context"] => {
  const copy: { [key: string]: Json } = {}
  for (const key in context) copy[key] = tidy(context[key] ?? null)
  return copy
}

const withParts = (
  inspection: Inspection,
  event: (event: InspectedEvent) => InspectedEvent,
  context: (context: InspectedSnapshot["context"]) => InspectedSnapshot["context"]
): Inspection => {
  const snapshot = (of: InspectedSnapshot): InspectedSnapshot => ({ ...of, context: context(of.context) })
  switch (inspection.type) {
    case "@xstate.actor":
      return { ...inspection, snapshot: snapshot(inspection.snapshot) }
    case "@xstate.event":
      return { ...inspection, event: event(inspection.event) }
    case "@xstate.snapshot":
      return { ...inspection, event: event(inspection.event), snapshot: snapshot(inspection.snapshot) }
  }
}

/**
 * Masks secrets and shortens texts to `Limits.inspectionTextCharactersMax` characters.
 *
 * @since 0.1.0
 * @category redactions
 */
export const defaultRedaction: Redaction = (inspection) => withParts(inspection, tidyEvent, tidyContext)

/**
 * The redaction of a system.
 *
 * @default {@link defaultRedaction}
 *
 * @since 0.1.0
 * @category services
 */
export class Redactor extends Context.Reference<Redactor>()("life-agent-os/Inspector/Redactor", {
  defaultValue: (): Redaction => defaultRedaction
}) {}

/**
 * Gives a message as one JSON text of at most `Limits.inspectionBytesMax` bytes of UTF-8. A larger message is shortened
 * until it fits: texts and lists first, in the end everything but the fields that show a machine in its state.
 *
 * @since 0.1.0
 * @category encoding
 */
export const encodeInspection = (inspection: Inspection): string => {
  const text = JSON.stringify(inspection)
  if (fits(text)) return text
  for (const charactersMax of [500, 50]) {
    const shorter = JSON.stringify(shorten(inspection, charactersMax))
    if (fits(shorter)) return shorter
  }
  return JSON.stringify(
    withParts(
      inspection,
      ({ sequence, type }) => ({ type, ...(sequence === undefined ? {} : { sequence }), shortened: true }),
      ({ phase = null, tick = null }) => ({ phase, tick, shortened: true })
    )
  )
}

// A unit of UTF-16 has at most three bytes in UTF-8.
const fits = (text: string): boolean =>
  text.length * 3 <= Limits.inspectionBytesMax || Buffer.byteLength(text) <= Limits.inspectionBytesMax

const shorten = (inspection: Inspection, charactersMax: number): Inspection => {
  const short = (value: Json, depth: number): Json => {
    if (typeof value === "string") return cut(value, charactersMax)
    if (typeof value !== "object" || value === null) return value
    if (depth === 0) return "[nested too deep]"
    const itemsMax = Math.ceil(charactersMax / 10)
    if (isList(value)) {
      const items = value.slice(0, itemsMax).map((item) => short(item, depth - 1))
      return value.length > itemsMax ? [...items, `… [${value.length} items]`] : items
    }
    const entries = Object.entries(value)
    const kept = entries.slice(0, itemsMax).map(([key, item]) => [cut(key, charactersMax), short(item, depth - 1)])
    return {
      ...Object.fromEntries(kept),
      ...(entries.length > itemsMax ? { "…": `[${entries.length} entries]` } : {})
    }
  }
  const parts = <A extends { readonly [key: string]: Json | undefined }>(of: A): A =>
    Object.fromEntries(
      Object.entries(of).flatMap(([key, part]) =>
        part === undefined ? [] : [[key, short(part, Limits.inspectionDepthMax)]]
      )
    ) as A // the same keys, and JSON as before
  return withParts(inspection, parts, parts)
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
