/**
 * Telling events apart.
 *
 * @since 0.1.0
 */
import type { EventKind, EventKindOf, EventType, RawKind } from "../layers/aios/index.js"

/** Whether an event is of a type, and readable. */
export const isKind = <T extends EventType>(kind: EventKind | RawKind | undefined, type: T): kind is EventKindOf<T> =>
  kind !== undefined && kind.type === type
