/**
 * Attributes as OpenTelemetry takes them.
 *
 * @since 0.1.0
 */
import type { Attributes } from "@opentelemetry/api"

/**
 * Copies attributes as texts, booleans, finite numbers, and lists of texts. Values that are `undefined` or not finite
 * are left out, and any other value becomes a text.
 */
export const cleaned = (given: { readonly [name: string]: unknown }): Attributes => {
  const kept: Attributes = {}
  for (const name in given) {
    const value = given[name]
    if (typeof value === "string" || typeof value === "boolean") kept[name] = value
    else if (typeof value === "number") {
      if (Number.isFinite(value)) kept[name] = value
    } else if (Array.isArray(value)) kept[name] = value.map(String)
    else if (value !== undefined) kept[name] = String(value)
  }
  return kept
}
