/**
 * Events as rows. An append is checked and encoded before it is queued; a row is decoded to a record.
 */
import {
  agentActor,
  type Append,
  canonicalJson,
  decodeKind,
  digestOf,
  type EventActor,
  type EventRecord,
  isTraceContext,
  JournalError,
  kindText,
  Limits,
  type NewEvent,
  type StreamId,
  timestampOf,
  type TraceContext,
  typeOf
} from "../aios/index.js"
import type { Kinds } from "./kinds.js"
import { sealVersion, traceVersion } from "./schema.js"
import * as Ulid from "./ulid.js"

/**
 * Gives a text that names one stream; the separator cannot occur in an id.
 */
export const keyOf = ({ branchId, sessionId }: StreamId): string => `${sessionId}\n${branchId}`

/**
 * A stream as its rows and records name it. `stream` is its number in this database.
 */
export interface StreamInfo {
  readonly stream: number
  readonly sessionId: string
  readonly branchId: string
  readonly agentId: string
}

/**
 * An event that is encoded and has no sequence yet. `body` and `extra` are the columns; the digest covers `text`.
 */
export interface EncodedEvent {
  readonly event: NewEvent
  readonly idBytes: Buffer
  readonly at: number
  readonly timestamp: string
  readonly code: number
  readonly text: string
  readonly bytes: number
  readonly body: string | null
  readonly extra: string | null
  readonly trace: Buffer | null
}

/**
 * An append that is checked and encoded. `key` names its stream, `bytes` is the size of its bodies, `state` is the text
 * of its checkpoint.
 */
export interface Request {
  readonly append: Append
  readonly key: string
  readonly events: ReadonlyArray<EncodedEvent>
  readonly bytes: number
  readonly state: string | undefined
}

/**
 * A row of the table `events`.
 */
export interface EventRow {
  readonly sequence: number
  readonly event_id: Buffer
  readonly at: number
  readonly kind: number
  readonly body: string | null
  readonly extra: string | null
  readonly digest: Buffer
  readonly trace: Buffer | null
  readonly seal: Buffer | null
}

/**
 * The columns of {@link EventRow}.
 */
export const eventColumns = "e.sequence, e.event_id, e.at, e.kind, e.body, e.extra, e.digest, e.trace, e.seal"

/**
 * The same columns, for a journal with the schema of an older version.
 */
export const eventColumnsOf = (version: number): string => {
  const traced = version < traceVersion ? eventColumns.replace("e.trace", "NULL AS trace") : eventColumns
  return version < sealVersion ? traced.replace("e.seal", "NULL AS seal") : traced
}

// The last moment that RFC 3339 can write with a four-digit year.
const atMax = 253_402_300_799_999

const refuse = (append: Append, reason: "Invalid" | "TooLarge" | "EventIdReused", message: string) =>
  new JournalError({ reason, message: `Append to ${append.sessionId}/${append.branchId}: ${message}` })

const flawOf = (event: NewEvent): string | undefined => {
  if (!Ulid.isUlid(event.eventId)) return `the id "${event.eventId}" is not a ULID; take ids from the Ids port.`
  if (!(event.at >= 0 && event.at <= atMax))
    return `the time ${event.at} of event ${event.eventId} is not in the years 1970 to 9999.`
  // Half of a surrogate pair has no UTF-8 form, so it could not be read back unchanged.
  const text = event.body ?? (event.kind.type === "Raw" ? event.kind.raw : "")
  if (/\p{Surrogate}/u.test(text)) {
    return `the body of event ${event.eventId} is not well-formed Unicode.`
  }
  if (event.trace !== undefined && !isTrace(event.trace)) {
    return `the trace of event ${event.eventId} is not 32 and 16 hex digits.`
  }
  return undefined
}

const traceIdBytes = 16
// Events of one span follow each other and share one trace object.
let lastTrace: TraceContext | undefined
const isTrace = (trace: TraceContext): boolean => trace === lastTrace || isTraceContext(trace)

let lastTraceBytes: Buffer | null = null
const traceBytesOf = (trace: TraceContext | undefined): Buffer | null => {
  if (trace === undefined) return null
  if (trace !== lastTrace) {
    lastTrace = trace
    lastTraceBytes = Buffer.from(trace.traceId + trace.spanId, "hex")
  }
  return lastTraceBytes
}

const traceOf = (bytes: Buffer): TraceContext => ({
  traceId: bytes.toString("hex", 0, traceIdBytes),
  spanId: bytes.toString("hex", traceIdBytes)
})

const extraOf = ({ actor = agentActor }: NewEvent): string | null =>
  actor === agentActor || (actor.type === "agent" && actor.component === undefined) ? null : canonicalJson({ actor })

const encodeEvent = (event: NewEvent, kinds: Kinds): EncodedEvent => {
  const text = event.body ?? kindText(event.kind)
  const code = kinds.codeOf(typeOf(event.kind), text)
  const at = Math.trunc(event.at)
  return {
    event,
    idBytes: Ulid.toBytes(event.eventId),
    at,
    timestamp: timestampOf(at),
    code,
    text,
    bytes: Buffer.byteLength(text),
    body: kinds.byCode.get(code)?.constant === undefined ? text : null,
    extra: extraOf(event),
    trace: traceBytesOf(event.trace)
  }
}

const toRequest = (append: Append, kinds: Kinds): Request => {
  const events = append.events.map((event) => encodeEvent(event, kinds))
  return {
    append,
    key: keyOf(append),
    events,
    bytes: events.reduce((sum, { bytes }) => sum + bytes, 0),
    state: append.checkpoint === undefined ? undefined : canonicalJson(append.checkpoint.state)
  }
}

/**
 * Limit of the bodies of one transaction, in bytes of UTF-8. It bounds the memory and the part of the write-ahead log
 * that a transaction takes.
 */
export const commitBytesMax = 16 * Limits.eventBytesMax

const tooLargeOf = ({ append, bytes, events }: Request): JournalError | undefined => {
  const large = events.find(({ bytes }) => bytes > Limits.eventBytesMax)
  if (large !== undefined) {
    const message =
      `the body of event ${large.event.eventId} has ${large.bytes} bytes; the limit is ${Limits.eventBytesMax} ` +
      "bytes; store the large part as a file and its hash in the event."
    return refuse(append, "TooLarge", message)
  }
  if (bytes <= commitBytesMax) return undefined
  return refuse(append, "TooLarge", `its bodies have ${bytes} bytes; the limit is ${commitBytesMax} bytes; split it.`)
}

/**
 * Checks an append and encodes it, or gives an error: `Failed` for an event id that is not a ULID, a time out of range
 * or a body without a JSON form, `TooLarge` for too many events or bytes, `EventIdReused` for an event id given twice.
 */
export const encode = (append: Append, kinds: Kinds): Request | JournalError => {
  const { events } = append
  if (events.length > Limits.appendEventsMax) {
    const message = `it has ${events.length} events; the limit is ${Limits.appendEventsMax} events; split it.`
    return refuse(append, "TooLarge", message)
  }
  for (const event of events) {
    const flaw = flawOf(event)
    if (flaw !== undefined) return refuse(append, "Invalid", flaw)
  }
  if (events.length > 1 && new Set(events.map(({ eventId }) => eventId)).size < events.length) {
    return refuse(append, "EventIdReused", "two of its events have the same id; give every event its own.")
  }
  try {
    const request = toRequest(append, kinds)
    return tooLargeOf(request) ?? request
  } catch (cause) {
    return refuse(append, "Invalid", `a body or state has no JSON form: ${String(cause)}`)
  }
}

// Keys in canonical order, as a row gives them back.
const actorOf = ({ component, type }: EventActor): EventActor =>
  component === undefined ? { type } : { component, type }

type Draft = { -readonly [K in keyof EventRecord]: EventRecord[K] }

// Every record is made here, so that its keys are always in the same order. The caller sets the digest, which covers
// the other fields.
const draft = (
  { agentId, branchId, sessionId }: StreamInfo,
  sequence: number,
  eventId: string,
  timestamp: string,
  actor: EventActor | undefined,
  kind: EventRecord["kind"],
  body: string
): Draft => ({
  eventId,
  sessionId,
  agentId,
  branchId,
  sequence,
  timestamp,
  actor: actor === undefined ? agentActor : actorOf(actor),
  digest: "",
  kind,
  body
})

/**
 * Makes the record of an event at its sequence.
 */
export const place = (
  info: StreamInfo,
  sequence: number,
  previous: string,
  encoded: EncodedEvent,
  seal: Append["seal"]
): EventRecord => {
  const { event, text, timestamp } = encoded
  const record = draft(info, sequence, event.eventId, timestamp, event.actor, event.kind, text)
  record.digest = digestOf(previous, record)
  if (event.trace !== undefined) record.trace = event.trace
  if (seal !== undefined) record.seal = seal({ sequence, digest: record.digest })
  return record
}

/**
 * Reads a row. Throws when a column does not hold what the schema says, which only damage from outside can cause.
 */
export const fromRow = (info: StreamInfo, row: EventRow, kinds: Kinds): EventRecord => {
  const constant = kinds.byCode.get(row.kind)?.constant
  const body = bodyOf(row, kinds)
  const kind = row.body === null && constant !== undefined ? constant.kind : decodeKind(body)
  return recordOf(info, row, kind, body)
}

const bodyOf = (row: EventRow, kinds: Kinds): string => {
  const body = row.body ?? kinds.byCode.get(row.kind)?.constant?.text
  if (typeof body !== "string") throw new Error(`kind ${row.kind} has no body`)
  return body
}

const undecoded: EventRecord["kind"] = { type: "Raw", of: "", raw: "", flaw: "unknown type" }

/**
 * The digest of a row after the digest before it, and the type that its body names. Does not decode the body. Throws as
 * {@link fromRow} does.
 */
export const digestOfRow = (
  info: StreamInfo,
  row: EventRow,
  kinds: Kinds,
  previous: string
): { readonly digest: string; readonly type: string } => {
  const body = bodyOf(row, kinds)
  return { digest: digestOf(previous, recordOf(info, row, undecoded, body)), type: typeIn(body) }
}

const typeIn = (body: string): string => {
  try {
    const { type } = JSON.parse(body)
    return typeof type === "string" ? type : ""
  } catch {
    return ""
  }
}

const recordOf = (info: StreamInfo, row: EventRow, kind: EventRecord["kind"], body: string): EventRecord => {
  const { actor, causationId, correlationId } = row.extra === null ? noExtra : JSON.parse(row.extra)
  const record = draft(info, row.sequence, Ulid.fromBytes(row.event_id), timestampOf(row.at), actor, kind, body)
  record.digest = row.digest.toString("hex")
  if (causationId !== undefined) record.causationId = causationId
  if (correlationId !== undefined) record.correlationId = correlationId
  if (row.trace !== null) record.trace = traceOf(row.trace)
  if (row.seal !== null) record.seal = row.seal.toString("hex")
  return record
}

const noExtra: Pick<EventRecord, "causationId" | "correlationId"> & { readonly actor?: EventActor } = {}

/**
 * The error for a row that {@link fromRow} could not read.
 */
export const unreadable = (
  file: string,
  { branchId, sessionId }: StreamId,
  sequence: number | undefined,
  cause: unknown
) =>
  new JournalError({
    reason: "Corrupt",
    message:
      `${file}: record ${sequence} of ${sessionId}/${branchId} cannot be read (${String(cause)}). ` +
      "Put a backup in its place."
  })
