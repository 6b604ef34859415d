/**
 * Events: the records of the journal, their bodies, and the schema of their JSON lines.
 *
 * @since 0.1.0
 * @module
 */
export {
  type EventKind as Kind,
  type EventKindOf as KindOf,
  type EventType as Type,
  eventTypes as types,
  phasesOf
} from "./layers/aios/events/EventKind.js"
export {
  type EventActor as Actor,
  EventRecord as Record,
  type EventRecordOf as RecordOf,
  toJsonLine,
  type TraceContext
} from "./layers/aios/events/EventRecord.js"
export { isRawKind as isRaw, type RawKind as Raw, typeOf } from "./layers/aios/events/RawKind.js"
export { decodeKind } from "./layers/aios/events/decodeKind.js"
