/**
 * JSON values and their canonical text.
 *
 * @since 0.1.0
 */
import canonicalize from "canonicalize"
import { Schema } from "effect"

/**
 * Any value that JSON can carry.
 *
 * @since 0.1.0
 * @category models
 */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/**
 * Schema of {@link Json}; refuses `undefined`, functions, `NaN` and infinities.
 *
 * @since 0.1.0
 * @category models
 */
export const Json: Schema.Schema<Json> = Schema.suspend(() =>
  Schema.Union(
    Schema.Null,
    Schema.Boolean,
    Schema.JsonNumber,
    Schema.String,
    Schema.Array(Json),
    Schema.Record({ key: Schema.String, value: Json })
  )
).annotations({ identifier: "Json" })

/**
 * The canonical JSON text of a value (RFC 8785): sorted keys, shortest numbers, no white space. Every hash of Life is
 * taken over this text. Keys whose value is `undefined` are left out.
 *
 * Throws when the value holds `NaN` or an infinity, which no event schema lets through.
 *
 * @since 0.1.0
 * @category encoding
 * @example
 * ```ts
 * import { Json } from "life-agent-os"
 *
 * Json.canonical({ b: 1, a: [true, null] }) // '{"a":[true,null],"b":1}'
 * ```
 */
export const canonicalJson = (value: unknown): string => {
  const ordered = inOrder(value)
  return ordered === unordered ? (canonicalize(value) ?? "null") : (JSON.stringify(ordered) ?? "null")
}

// JSON.stringify writes numbers and strings as the RFC requires, and it is native; only the keys must be put in order
// first. The library handles values that cannot be ordered this way: keys that look like array indices, and values with
// a toJSON.
const unordered = Symbol("unordered")

const inOrder = (value: unknown): unknown => {
  if (typeof value === "number" && !Number.isFinite(value)) throw new TypeError(`JSON cannot carry ${value}`)
  if (typeof value !== "object" || value === null) return value
  if ("toJSON" in value) return unordered
  if (Array.isArray(value)) {
    const items = value.map(inOrder)
    return items.includes(unordered) ? unordered : items
  }
  const copy: { [key: string]: unknown } = {}
  for (const key of Object.keys(value).toSorted()) {
    const item = inOrder((value as { readonly [key: string]: unknown })[key])
    if (item === unordered || (key <= "9~" && /^\d+$/.test(key)) || key === "__proto__") return unordered
    copy[key] = item
  }
  return copy
}

/**
 * Gives a value with its keys in the order of the canonical text, as a journal returns it. If the keys are in that
 * order already, gives the value itself.
 *
 * @since 0.1.0
 * @category encoding
 */
export const sortedJson = (value: Json): Json => {
  if (typeof value !== "object" || value === null) return value
  if (isList(value)) {
    const items = value.map(sortedJson)
    return items.every((item, index) => item === value[index]) ? value : items
  }
  const keys = Object.keys(value)
  const sorted = keys.toSorted()
  const entries = sorted.map((key) => [key, sortedJson(value[key] ?? null)] as const)
  const isSorted = entries.every(([key, item], index) => key === keys[index] && item === value[key])
  return isSorted ? value : Object.fromEntries(entries)
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
