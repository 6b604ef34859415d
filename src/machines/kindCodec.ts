/**
 * The codec of the kinds that subsystems own: from the body in a journal to the kind that code sees, and back.
 *
 * A journal knows the kernel's taxonomy only, and keeps every other body byte for byte. A body is read here and made here
 * once, so what is stored, hashed and exported is never a second encoding.
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
   * What a stored kind is for code that holds subsystems. Never fails: what cannot be read stays raw, and says why.
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
      // The type is the key under which this very schema was found.
      return decoded._tag === "Right" ? ({ type, ...decoded.right } as Subsystem.Kind) : flawed(decoded.left.message)
    } catch (cause) {
      return flawed(`the upcast of ${type} from version ${v} threw: ${String(cause)}`)
    }
  }

  /**
   * The body to store for a kind of a subsystem: canonical JSON, with its version from 2 on. Throws a TypeError for a
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
    // Which fields of an unknown body are secret cannot be known: only its type is shown.
    if (event === undefined && Subsystem.isRaw(kind)) return { type: kind.of, redacted: "the whole body" }
    const body = JSON.parse(kindText(kind)) as { readonly [key: string]: Json }
    if (event === undefined) return body
    return Object.fromEntries(
      Object.entries(body).map(([name, value]) => [name, event.redact.includes(name) ? "[redacted]" : value])
    )
  }
}
