/**
 * The envelope of an event, its JSON line and its digest.
 *
 * @since 0.1.0
 */
import { Either, ParseResult, Predicate, Schema } from "effect"
import { hash } from "node:crypto"
import { decodeKind } from "./decodeKind.js"
import { type EventKind, type EventKindOf, type EventType, eventTypes } from "./EventKind.js"
import type { RawKind } from "./RawKind.js"
import { canonicalJson } from "../schema/Json.js"

const opt = <A>(schema: Schema.Schema<A>) => Schema.optionalWith(schema, { exact: true })

const EventActor = Schema.Struct({
  type: Schema.Literal("user", "agent", "system"),
  component: opt(Schema.String)
})

/**
 * Cause of an event: a user, an agent or the system.
 *
 * @since 0.1.0
 * @category models
 */
export type EventActor = typeof EventActor.Type

const TraceContext = Schema.Struct({
  /** 32 lowercase hex digits. */
  traceId: Schema.String,
  /** 16 lowercase hex digits. */
  spanId: Schema.String
})

/**
 * The span an event was made in, as W3C trace context names it.
 *
 * @since 0.1.0
 * @category models
 */
export type TraceContext = typeof TraceContext.Type

/**
 * Tells whether ids have the form of W3C trace context. Spans of an embedder may have ids of another form.
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
  /** @default the agent itself */
  readonly actor?: EventActor
  readonly trace?: TraceContext
  /** Stored text of a record that is appended again; it must be the text that `kind` was read from. */
  readonly body?: string
}

const Envelope = Schema.Struct({
  eventId: Schema.String,
  sessionId: Schema.String,
  agentId: Schema.String,
  branchId: Schema.String,
  /** Dense within a session's branch; the first event has 1. */
  sequence: Schema.Int,
  /** RFC 3339, UTC, milliseconds. */
  timestamp: Schema.String,
  actor: EventActor,
  /** Lowercase hex SHA-256 over the previous digest and this record, its trace left out. */
  digest: Schema.String,
  /** No code sets these two fields any more; records of earlier journals have them in their digest. */
  causationId: opt(Schema.String),
  correlationId: opt(Schema.String),
  /** Not part of the digest, because tracing must not change the digests of a journal. */
  trace: opt(TraceContext),
  /** Seal of the head that this record made when it was the last one of its append; see {@link headText}. */
  seal: opt(Schema.String)
})

/**
 * An event as it stands in the journal.
 *
 * @since 0.1.0
 * @category models
 */
export interface EventRecord extends Schema.Schema.Type<typeof Envelope> {
  readonly kind: EventKind | RawKind
  /** The JSON text that `kind` was read from. Digests and exports use this stored text. */
  readonly body: string
}

/**
 * A record whose body has one of some types.
 *
 * @since 0.1.0
 * @category models
 */
export type EventRecordOf<T extends EventType> = EventRecord & { readonly kind: EventKindOf<T> }

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
 * The JSON text of a new event's body: canonical for a known kind, the original bytes for a {@link RawKind}. The text
 * of a record is its `body`.
 *
 * @since 0.1.0
 * @category encoding
 */
export const kindText = (kind: EventKind | RawKind): string => (kind.type === "Raw" ? kind.raw : canonicalJson(kind))

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
export const digestOf = (previous: string, record: Omit<EventRecord, "digest" | "kind">): string => {
  // The keys are written in sorted order by hand: this is the hottest hash of the runtime.
  let text =
    `{"actor":${actorText(record.actor)},"agentId":${JSON.stringify(record.agentId)}` +
    `,"branchId":${JSON.stringify(record.branchId)}`
  if (record.causationId !== undefined) text += `,"causationId":${JSON.stringify(record.causationId)}`
  if (record.correlationId !== undefined) text += `,"correlationId":${JSON.stringify(record.correlationId)}`
  text +=
    `,"eventId":"${record.eventId}","kind":${record.body},"previous":"${previous}","sequence":${record.sequence}` +
    `,"sessionId":${JSON.stringify(record.sessionId)},"timestamp":"${record.timestamp}"}`
  return hash("sha256", text, "hex")
}

const agentActorText = canonicalJson(agentActor)
const actorText = (actor: EventActor): string => (actor === agentActor ? agentActorText : canonicalJson(actor))

/**
 * The text that the seal of a head covers. The digest in it covers every record up to the head.
 *
 * @since 0.1.0
 * @category encoding
 */
export const headText = (
  { branchId, sessionId }: { readonly sessionId: string; readonly branchId: string },
  { digest, sequence }: { readonly sequence: number; readonly digest: string }
): string =>
  // Ids of sessions and branches need no escapes.
  `{"branchId":"${branchId}","digest":"${digest}","sequence":${sequence},"sessionId":"${sessionId}"}`

/**
 * The lowercase hex SHA-256 of a value's canonical JSON.
 *
 * @since 0.1.0
 * @category hashing
 */
export const hashOf = (value: unknown): string => hash("sha256", canonicalJson(value), "hex")

const bodyKey = ',"kind":'

/**
 * Gives a record as one line of JSON without a line break. The body comes out byte for byte as it is stored. A body of
 * a known type that does not fit gets a `flaw` beside it.
 *
 * @since 0.1.0
 * @category encoding
 */
export const toJsonLine = (record: EventRecord): string => {
  const { body, kind, ...envelope } = record
  const flaw =
    kind.type === "Raw" && kind.flaw === "invalid body" ? `,"flaw":${JSON.stringify(kind.issue ?? kind.flaw)}` : ""
  return `${JSON.stringify(envelope).slice(0, -1)}${flaw}${bodyKey}${body}}`
}

const decodeEnvelope = ParseResult.decodeUnknownEither(Schema.parseJson(Envelope))

const Kind = Schema.declare(
  (kind: unknown): kind is EventKind | RawKind =>
    Predicate.hasProperty(kind, "type") && (kind.type === "Raw" || eventTypes.some((type) => type === kind.type))
)

/**
 * Schema between a record and its line as `life log --json --show-secrets` prints it and {@link toJsonLine} makes it.
 *
 * @since 0.1.0
 * @category schemas
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Event } from "life-agent-os"
 *
 * const decode = Schema.decodeSync(Event.Record)
 * export const messagesOf = (lines: ReadonlyArray<string>): ReadonlyArray<string> =>
 *   lines.map((line) => decode(line).kind).flatMap((kind) => (kind.type === "UserMessage" ? [kind.content] : []))
 * ```
 */
export const EventRecord: Schema.Schema<EventRecord, string> = Schema.transformOrFail(
  Schema.String,
  Schema.Struct({ ...Envelope.fields, kind: Kind, body: Schema.String }),
  {
    strict: true,
    decode: (line, _, ast) => {
      // A quote inside a text is escaped, so the first match is the record's own. The body reaches to the last brace.
      const end = line.indexOf(bodyKey)
      if (end < 0) return ParseResult.fail(new ParseResult.Type(ast, line, "the line has no kind behind its envelope"))
      const body = line.slice(end + bodyKey.length, -1)
      const envelope = decodeEnvelope(`${line.slice(0, end)}}`)
      return Either.map(envelope, (fields) => ({ ...fields, kind: decodeKind(body), body }))
    },
    encode: (record) => ParseResult.succeed(toJsonLine(record))
  }
)
