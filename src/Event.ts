/**
 * Events: the records of the journal, their bodies, and the schema of their JSON lines.
 *
 * @since 0.1.0
 * @module
 */
export {
  decodeKind,
  type EventActor as Actor,
  type EventKind as Kind,
  type EventKindOf as KindOf,
  EventRecord as Record,
  type EventRecordOf as RecordOf,
  type EventType as Type,
  eventTypes as types,
  isRawKind as isRaw,
  phasesOf,
  type RawKind as Raw,
  toJsonLine,
  type TraceContext,
  typeOf
} from "./layers/aios/index.js"
