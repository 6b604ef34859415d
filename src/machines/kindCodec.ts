/**
 * The codec of the kinds that subsystems own: from the stored body to the decoded kind, and back.
 *
 * A journal knows the kinds of the kernel only, and keeps every other body byte for byte. The codec encodes a body
 * once, so the stored, the hashed and the exported body are the same bytes.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import {
  canonicalJson,
  type EventKind,
  type Json,
  kindText,
  type RawKind,
  Subsystem,
  typeOf
} from "../layers/aios/index.js"

/**
 * The codec of a list of subsystems.
 *
 * @since 0.1.0
 * @category encoding
 */
export class KindCodec {
  private readonly known = new Map<string, { readonly subsystem: string; readonly event: Subsystem.Event }>()

  constructor(subsystems: ReadonlyArray<Subsystem.Any>) {
    for (const { events, name, parts } of subsystems) {
      for (const [key, type] of parts.types) {
        const event = events[key]
        if (event !== undefined) this.known.set(type, { subsystem: name, event })
      }
    }
  }

  /** Types of the kinds that the list owns. */
  get types(): ReadonlyArray<string> {
    return [...this.known.keys()]
  }

  /** The name of the subsystem that owns a type; `undefined` for the kernel's and for unknown ones. */
  ownerOf(type: string): string | undefined {
    return this.known.get(type)?.subsystem
  }

  /**
   * Decodes a stored kind. Never fails: an unreadable kind stays raw, with its flaw and the issue.
   */
  decode(kind: EventKind | RawKind): Subsystem.Kind {
    if (!Subsystem.isRaw(kind)) return kind
    const event = this.known.get(kind.of)?.event
    if (event === undefined) return kind
    const { type, v = 1, ...body } = JSON.parse(kind.raw) as { readonly type: string; readonly v?: unknown }
    const flawed = (issue: string): RawKind => ({ ...kind, flaw: "invalid body", issue })
    if (typeof v !== "number" || !Number.isInteger(v) || v < 1 || v > event.version) {
      return flawed(`version ${String(v)} of ${type} is none of 1 to ${event.version}`)
    }
    try {
      const current = Array.from({ length: event.version - v }, (_, index) => v + index).reduce<Subsystem.Body>(
        (older, version) => event.upcast[version]?.(older) ?? older,
        body
      )
      const decoded = Schema.decodeUnknownEither(event.schema)(current)
      // The cast is safe: the schema was found under this type.
      return decoded._tag === "Right" ? ({ type, ...decoded.right } as Subsystem.Kind) : flawed(decoded.left.message)
    } catch (cause) {
      return flawed(`the upcast of ${type} from version ${v} threw: ${String(cause)}`)
    }
  }

  /**
   * Encodes a kind of a subsystem for the journal: canonical JSON, with its version from 2 on. Throws a TypeError for a
   * kind that no subsystem of the list owns or that does not fit its schema.
   */
  encode(kind: Subsystem.SubsystemKind): RawKind {
    const { type, ...fields } = kind
    const event = this.known.get(type)?.event
    if (event === undefined) throw new TypeError(`no subsystem here owns the kind ${type}`)
    const encoded = Schema.encodeUnknownEither(event.schema)(fields)
    if (encoded._tag === "Left")
      throw new TypeError(`the kind ${type} does not fit its schema: ${encoded.left.message}`)
    const version = event.version > 1 ? { v: event.version } : {}
    return { type: "Raw", of: type, raw: canonicalJson({ type, ...version, ...encoded.right }), flaw: "unknown type" }
  }

  /** The body of a stored kind as exports, spans and viewers show it. */
  redacted(kind: EventKind | RawKind): Json {
    const event = this.known.get(typeOf(kind))?.event
    // The secret fields of an unknown body are not known, so only its type is shown.
    if (event === undefined && Subsystem.isRaw(kind)) return { type: kind.of, redacted: "the whole body" }
    const body = JSON.parse(kindText(kind)) as { readonly [key: string]: Json }
    if (event === undefined) return body
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => [name, event.redact.includes(name) ? "[redacted]" : value])
    )
  }
}
