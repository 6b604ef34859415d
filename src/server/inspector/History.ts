/**
 * Questions that a viewer can ask about the past of sessions.
 *
 * @since 0.1.0
 */
import { type Effect, Schema } from "effect"
import type { JournalError } from "../../layers/aios/index.js"
import type { At, Messages, Outline, Sessions } from "./page/wire.js"

/** Failure of a question about a session or a record that does not exist. */
export class HistoryError extends Schema.TaggedError<HistoryError>("life-agent-os/HistoryError")("HistoryError", {
  reason: Schema.Literal("UnknownSession", "OutOfRange"),
  message: Schema.String
}) {}

/** Query for messages: those of the `limit` records after `after` that match the filters. */
export interface MessagesQuery {
  readonly after: number
  readonly limit: number
  /** Only messages of this kind. */
  readonly only: "event" | "snapshot" | undefined
  /** Only events of this type. */
  readonly type: string | undefined
  /** Only messages whose JSON text contains this text; case is ignored. */
  readonly text: string | undefined
}

type Result<A> = Effect.Effect<A, HistoryError | JournalError>

/** Answers about the past of sessions, from any source. */
export interface History {
  readonly sessions: Effect.Effect<Sessions, JournalError>
  readonly messages: (sessionId: string, query: MessagesQuery) => Result<Messages>
  readonly at: (sessionId: string, sequence: number) => Result<At>
  readonly outline: (sessionId: string) => Result<Outline>
}

/** Error for a session that does not exist. */
export const unknownSession = (sessionId: string): HistoryError =>
  new HistoryError({
    reason: "UnknownSession",
    message: `there is no session ${JSON.stringify(sessionId)}; /api/sessions lists the existing ones`
  })

/** Error for a record that a session does not have. */
export const outOfRange = (sessionId: string, sequence: number, head: number): HistoryError =>
  new HistoryError({
    reason: "OutOfRange",
    message: `the session ${sessionId} has the events 1 to ${head}; there is no event ${sequence}`
  })
