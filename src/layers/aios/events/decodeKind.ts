/**
 * Decoder from the JSON text of a body to its kind.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Schema } from "effect"
import { type EventKind, type EventType, fields } from "./EventKind.js"
import type { RawKind } from "./RawKind.js"

const decoders = new Map<string, (input: unknown) => Either.Either<unknown, ParseResult.ParseError>>()

const decoderOf = (type: EventType) => {
  const known = decoders.get(type)
  if (known !== undefined) return known
  const decode = Schema.decodeUnknownEither(
    Schema.Struct({ type: Schema.Literal(type), ...fields[type] }) as Schema.Schema<unknown, unknown>,
    { onExcessProperty: "preserve" }
  )
  decoders.set(type, decode)
  return decode
}

/**
 * Reads an event body from its JSON text. Never fails: a body that cannot be read becomes a {@link RawKind}.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decodeKind = (text: string): EventKind | RawKind => {
  const raw = (of: string, flaw: RawKind["flaw"], issue?: string): RawKind => ({
    type: "Raw",
    of,
    raw: text,
    flaw,
    ...(issue === undefined ? {} : { issue })
  })
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    return raw("", "invalid body", String(cause))
  }
  const type = typeof value === "object" && value !== null && "type" in value ? value.type : undefined
  if (typeof type !== "string") return raw("", "invalid body", "there is no type")
  if (!Object.hasOwn(fields, type)) return raw(type, "unknown type")
  const decoded = decoderOf(type as EventType)(value)
  return Either.isRight(decoded)
    ? (decoded.right as EventKind)
    : raw(type, "invalid body", ParseResult.TreeFormatter.formatErrorSync(decoded.left))
}

const bulky = new Set(["input", "output", "data", "other", "request"])

/**
 * Describes the flaw of a body before it is recorded; gives `undefined` for a body that can be read again. A field that
 * may hold any JSON is only checked for presence, because the journal refuses a value without a JSON form.
 *
 * @since 0.1.0
 * @category decoding
 */
export const kindFlaw = (kind: EventKind): string | undefined => {
  const looked = Object.fromEntries(
    Object.entries(kind).map(([name, value]) => [
      name,
      bulky.has(name) && value !== undefined ? (Array.isArray(value) ? [] : null) : value
    ])
  )
  const decoded = decoderOf(kind.type)(looked)
  return Either.isRight(decoded) ? undefined : ParseResult.TreeFormatter.formatErrorSync(decoded.left)
}
