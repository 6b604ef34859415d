/**
 * What a viewer can ask about the past of sessions.
 *
 * @since 0.1.0
 */
import { type Effect, Schema } from "effect"
import type { JournalError } from "../../layers/aios/index.js"
import type { At, Messages, Outline, Sessions } from "./page/wire.js"

/** A question about something that does not exist. */
export class HistoryError extends Schema.TaggedError<HistoryError>("life-agent-os/HistoryError")("HistoryError", {
  reason: Schema.Literal("UnknownSession", "OutOfRange"),
  message: Schema.String
}) {}

/** Records to look at: `limit` of them after `after`, and of what they give only what fits. */
export interface MessagesQuery {
  readonly after: number
  readonly limit: number
  /** Only messages of this kind. */
  readonly only: "event" | "snapshot" | undefined
  /** Only events of this type. */
  readonly type: string | undefined
  /** Only messages whose JSON text has this in it, whatever the case. */
  readonly text: string | undefined
}

type Answer<A> = Effect.Effect<A, HistoryError | JournalError>

/** The past, from wherever it is known. */
export interface History {
  readonly sessions: Effect.Effect<Sessions, JournalError>
  readonly messages: (sessionId: string, query: MessagesQuery) => Answer<Messages>
  readonly at: (sessionId: string, sequence: number) => Answer<At>
  readonly outline: (sessionId: string) => Answer<Outline>
}

/** That there is no such session. */
export const unknownSession = (sessionId: string): HistoryError =>
  new HistoryError({
    reason: "UnknownSession",
    message: `there is no session ${JSON.stringify(sessionId)}; /api/sessions lists those there are`
  })

/** That a session has no such record. */
export const outOfRange = (sessionId: string, sequence: number, head: number): HistoryError =>
  new HistoryError({
    reason: "OutOfRange",
    message: `the session ${sessionId} has the events 1 to ${head}; there is no ${sequence}`
  })
