/**
 * The journal port: the only memory an agent has.
 *
 * @since 0.1.0
 */
import { Context, type Effect, type Option, Schema, type Stream } from "effect"
import type { EventRecord, NewEvent } from "../events/EventRecord.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * One line of history: a session and one of its branches. Sequences are dense within it.
 *
 * @since 0.1.0
 * @category models
 */
export interface StreamId {
  readonly sessionId: string
  readonly branchId: string
}

/**
 * The branch a session starts with.
 *
 * @since 0.1.0
 * @category constants
 */
export const mainBranch = "main"

/**
 * Form of a session id: 1 to 64 characters of `A-Z a-z 0-9 . _ -`, not starting with a dot or a dash.
 *
 * @since 0.1.0
 * @category models
 */
export const SessionId = Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$/))

/**
 * The end of a stream. Sequence 0 means that it is empty.
 *
 * @since 0.1.0
 * @category models
 */
export interface Head {
  readonly sequence: number
  readonly digest: string
  /** The seal that the append of the last record gave; absent if it gave none. */
  readonly seal?: string
}

/**
 * A sealed head that is kept outside of the store.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnchoredHead extends StreamId {
  readonly sequence: number
  readonly digest: string
  readonly seal: string
}

/**
 * Folded state at a sequence, signed. `state` is the result of the machine's fold over events 1 to `sequence`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Checkpoint {
  readonly sequence: number
  /** A JSON value. */
  readonly state: unknown
  /** Lowercase hex SHA-256 of the state's canonical JSON. */
  readonly stateHash: string
}

/**
 * A session in a listing. Times are RFC 3339.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionSummary {
  readonly sessionId: string
  readonly branchId: string
  readonly agentId: string
  readonly name: string
  readonly head: number
  readonly createdAt: string
  readonly updatedAt: string
  /** True if a run was started and has not ended. */
  readonly runOpen: boolean
}

/**
 * The result of checking a digest chain: how many records were found intact, and the first that is not.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verification {
  readonly checked: number
  readonly flaw: Option.Option<{ readonly sequence: number; readonly message: string }>
}

/**
 * Refusal or failure of the journal.
 *
 * - `Conflict`: the stream's head is not the expected one
 * - `EventIdReused`: an id was used before for another event
 * - `TooLarge`: a limit was exceeded
 * - `Invalid`: the append can never be stored: a value without a JSON form, a malformed id, or the session of another
 *   agent
 * - `Fenced`: another process took the journal over; this one must stop
 * - `Replaced`: the file at the journal's path is not the one that was opened; this process must stop
 * - `Untrusted`: the records are not what the holder of the key wrote last
 * - `InUse`: another process has the data directory; `pid` names it
 * - `Unwritable`: the directory or file cannot be written
 * - `DiskFull`: no room is left; nothing of the append was kept
 * - `Corrupt`: the file is not a readable database
 * - `NotFound`: there is no such session
 * - `Failed`: SQLite reported another error
 *
 * @since 0.1.0
 * @category errors
 */
export class JournalError extends Schema.TaggedError<JournalError>("life-agent-os/JournalError")("JournalError", {
  reason: Schema.Literal(
    "Conflict",
    "EventIdReused",
    "TooLarge",
    "Invalid",
    "Fenced",
    "Replaced",
    "Untrusted",
    "InUse",
    "Unwritable",
    "DiskFull",
    "Corrupt",
    "NotFound",
    "Failed"
  ),
  /** Description of what happened, where, and what to do next. */
  message: Schema.String,
  pid: Schema.optional(Schema.Int),
  expectedSequence: Schema.optional(Schema.Int),
  actualSequence: Schema.optional(Schema.Int)
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * An append: events for the end of one stream, all or none of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Append extends StreamId {
  readonly agentId: string
  readonly events: ReadonlyArray<NewEvent>
  /** The sequence the stream must end with; otherwise the append fails with `Conflict`. */
  readonly expectedSequence?: number
  /** Checkpoint to store in the same transaction. */
  readonly checkpoint?: Checkpoint
  /**
   * Gives the seal of the head that this append makes, to be stored with its last record: proof that the holder of a
   * key wrote it. The journal cannot check seals.
   */
  readonly seal?: (head: Head) => string
  /** Also keeps the sealed head outside of the store, on the disk before the append succeeds. @default false */
  readonly anchored?: boolean
}

/**
 * Query for records, oldest first.
 *
 * @since 0.1.0
 * @category models
 */
export interface ReadQuery extends StreamId {
  /** Sequence before the first record. @default 0 */
  readonly after?: number
  /** Sequence of the last record. @default none */
  readonly through?: number
  /** Types of the records; a type may be unknown to this version. @default all types */
  readonly types?: ReadonlyArray<string>
  /** Number of records; never more than `Limits.readEventsMax`. @default Limits.readEventsMax */
  readonly limit?: number
}

/**
 * An append-only store of events.
 *
 * @since 0.1.0
 * @category services
 */
export class Journal extends Context.Tag("life-agent-os/Journal")<
  Journal,
  {
    /**
     * Appends events and returns when they are durable. Uninterruptible. If all events stand in the stream already,
     * gives the stored records.
     */
    readonly append: (append: Append) => Effect.Effect<ReadonlyArray<EventRecord>, JournalError>
    /** One page of records. */
    readonly read: (query: ReadQuery) => Effect.Effect<ReadonlyArray<EventRecord>, JournalError>
    /** Gives all records after a sequence, page by page, and ends at the head at the time of the last page. */
    readonly stream: (query: Omit<ReadQuery, "limit">) => Stream.Stream<EventRecord, JournalError>
    /** Gives all records after a sequence, then every new one as it becomes durable: no gap, no duplicate, no end. */
    readonly tail: (query: Omit<ReadQuery, "limit" | "through">) => Stream.Stream<EventRecord, JournalError>
    readonly head: (stream: StreamId) => Effect.Effect<Head, JournalError>
    /**
     * The last anchored head of a stream, or of every stream. A stream whose end lies before it was cut off, or is an
     * older copy.
     */
    readonly anchors: (stream?: StreamId) => Effect.Effect<ReadonlyArray<AnchoredHead>, JournalError>
    /** The newest checkpoint at or before a sequence whose stored state matches its hash. */
    readonly checkpoint: (stream: StreamId, atMost?: number) => Effect.Effect<Option.Option<Checkpoint>, JournalError>
    /** Every session, newest activity first. */
    readonly sessions: Effect.Effect<ReadonlyArray<SessionSummary>, JournalError>
    /** One session. */
    readonly session: (stream: StreamId) => Effect.Effect<Option.Option<SessionSummary>, JournalError>
    /** The streams whose run was started and has not ended. */
    readonly openRuns: Effect.Effect<ReadonlyArray<StreamId>, JournalError>
    /** Recomputes the digest of every record after a sequence, whose stored digest is taken as it is. @default 0 */
    readonly verify: (stream: StreamId, after?: number) => Effect.Effect<Verification, JournalError>
    /** Checks what is stored beside the records: blobs, and the index of shared memories. Gives a line for each flaw. */
    readonly verifyStore: Effect.Effect<ReadonlyArray<string>, JournalError>
  }
>() {}
