/**
 * Bodies that this version cannot read.
 *
 * @since 0.1.0
 */
import type { EventKind } from "./EventKind.js"

/**
 * A body this version cannot read: its type is unknown, or it is known and the body does not fit. The body is kept and
 * given out again byte for byte as `raw`. `type` is a constant, so that comparing it narrows every other kind.
 *
 * @since 0.1.0
 * @category models
 */
export interface RawKind {
  readonly type: "Raw"
  /** The type in the body; empty when there is none. */
  readonly of: string
  /** The JSON text of the body as it came in. */
  readonly raw: string
  readonly flaw: "unknown type" | "invalid body"
  /** Description of what does not fit in an invalid body. */
  readonly issue?: string
}

/**
 * Tells whether a body is one that this version cannot read.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isRawKind = (kind: EventKind | RawKind): kind is RawKind => kind.type === "Raw"

/**
 * Gives the type of a body as its journal names it, also for a body that this version cannot read.
 *
 * @since 0.1.0
 * @category conversions
 */
export const typeOf = (kind: EventKind | RawKind): string => (kind.type === "Raw" ? kind.of : kind.type)
