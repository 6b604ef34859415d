/**
 * The envelope of an event, its JSON line and its digest.
 *
 * @since 0.1.0
 */
import { hash } from "node:crypto"
import { type EventKind, isRawKind, type RawKind } from "./EventKind.js"
import { canonicalJson } from "../schema/Json.js"

/**
 * Who caused an event.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventActor {
  readonly type: "user" | "agent" | "system"
  readonly component?: string
}

/**
 * The span an event was made in, as W3C trace context names it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TraceContext {
  /** 32 lowercase hex digits. */
  readonly traceId: string
  /** 16 lowercase hex digits. */
  readonly spanId: string
}

/**
 * Whether ids have the form that W3C trace context gives them. An embedder's own spans may have others.
 *
 * @since 0.1.0
 * @category models
 */
export const isTraceContext = ({ spanId, traceId }: TraceContext): boolean =>
  /^[0-9a-f]{32}$/.test(traceId) && /^[0-9a-f]{16}$/.test(spanId)

/**
 * An event to be appended; the journal adds the sequence and the digest.
 *
 * @since 0.1.0
 * @category models
 */
export interface NewEvent {
  /** A ULID. Appending the same id again changes nothing. */
  readonly eventId: string
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly kind: EventKind | RawKind
  /** The agent itself unless it is given. */
  readonly actor?: EventActor
  readonly causationId?: string
  readonly correlationId?: string
  readonly trace?: TraceContext
}

/**
 * An event as it stands in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventRecord {
  readonly eventId: string
  readonly sessionId: string
  readonly agentId: string
  readonly branchId: string
  /** Dense within a session's branch; the first event has 1. */
  readonly sequence: number
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: string
  readonly actor: EventActor
  readonly causationId?: string
  readonly correlationId?: string
  /** Lowercase hex SHA-256 over the previous digest and this record, its trace left out. */
  readonly digest: string
  readonly kind: EventKind | RawKind
  /** Stands beside the record: whether anybody traces must not change what is true of a journal. */
  readonly trace?: TraceContext
}

/**
 * The digest before the first event of a stream.
 *
 * @since 0.1.0
 * @category constants
 */
export const genesisDigest = "0".repeat(64)

/**
 * The actor of events that name none.
 *
 * @since 0.1.0
 * @category constants
 */
export const agentActor: EventActor = { type: "agent" }

/**
 * The JSON text of an event body: canonical for a known kind, the original bytes for a {@link RawKind}.
 *
 * @since 0.1.0
 * @category encoding
 */
export const kindText = (kind: EventKind | RawKind): string => (isRawKind(kind) ? kind.raw : canonicalJson(kind))

/**
 * The RFC 3339 form of a time in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category encoding
 */
export const timestampOf = (at: number): string => {
  if (at !== lastAt) {
    lastAt = at
    lastTimestamp = new Date(at).toISOString()
  }
  return lastTimestamp
}

// Events come in bursts that share a millisecond.
let lastAt = Number.NaN
let lastTimestamp = ""

/**
 * The digest of a record: SHA-256 over the canonical JSON of its envelope, with the previous digest under `previous`
 * and the body as the text that is stored. Changing any byte of a record changes its digest and so every later one.
 *
 * @since 0.1.0
 * @category hashing
 */
export const digestOf = (previous: string, record: Omit<EventRecord, "digest" | "kind">, bodyText: string): string => {
  // The keys are written in sorted order by hand: this is the hottest hash of the runtime.
  let text =
    `{"actor":${actorText(record.actor)},"agentId":${JSON.stringify(record.agentId)}` +
    `,"branchId":${JSON.stringify(record.branchId)}`
  if (record.causationId !== undefined) text += `,"causationId":${JSON.stringify(record.causationId)}`
  if (record.correlationId !== undefined) text += `,"correlationId":${JSON.stringify(record.correlationId)}`
  text +=
    `,"eventId":"${record.eventId}","kind":${bodyText},"previous":"${previous}","sequence":${record.sequence}` +
    `,"sessionId":${JSON.stringify(record.sessionId)},"timestamp":"${record.timestamp}"}`
  return hash("sha256", text, "hex")
}

const agentActorText = canonicalJson(agentActor)
const actorText = (actor: EventActor): string => (actor === agentActor ? agentActorText : canonicalJson(actor))

/**
 * The lowercase hex SHA-256 of a value's canonical JSON.
 *
 * @since 0.1.0
 * @category hashing
 */
export const hashOf = (value: unknown): string => hash("sha256", canonicalJson(value), "hex")

/**
 * A record as one line of JSON without a line break. Bodies this version cannot read come out byte for byte as they
 * went in; a body known by type but flawed gets a `flaw` beside it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const toJsonLine = (record: EventRecord): string => {
  const { kind, ...envelope } = record
  const flaw =
    isRawKind(kind) && kind.flaw === "invalid body" ? `,"flaw":${JSON.stringify(kind.issue ?? kind.flaw)}` : ""
  return `${JSON.stringify(envelope).slice(0, -1)}${flaw},"kind":${kindText(kind)}}`
}
