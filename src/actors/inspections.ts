/**
 * The messages of a stored session: what a watcher would have been told.
 *
 * @since 0.1.0
 */
import { Chunk, Stream } from "effect"
import {
  defaultRedaction,
  type Inspection,
  type Journal,
  type JournalError,
  type Redaction,
  type StreamId
} from "../layers/aios/index.js"
import { actorInspection, inspectionsOf, sessionFold } from "../machines/index.js"

/**
 * Which part of a session is told, and how.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionOptions {
  /** Begins behind this sequence: the agent is introduced as it was there. */
  readonly after?: number
  /** Goes on with every new event as it becomes durable, and does not end. */
  readonly follow?: boolean
  readonly redact?: Redaction
}

/**
 * Tells a session from its journal: message for message what was published while it happened, as far as it stands in
 * the journal.
 *
 * @since 0.1.0
 * @category streams
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Inspector, Journal, mainBranch } from "life-agent-os"
 *
 * export const tell = (sessionId: string) =>
 *   Effect.flatMap(Journal, (journal) =>
 *     Inspector.ofSession(journal, { sessionId, branchId: mainBranch }).pipe(
 *       Stream.runForEach((message) => Effect.log(message))
 *     )
 *   )
 * ```
 */
export const ofSession = (
  journal: typeof Journal.Service,
  stream: StreamId,
  { after = 0, follow = false, redact = defaultRedaction }: SessionOptions = {}
): Stream.Stream<Inspection, JournalError> => {
  const records = follow ? journal.tail(stream) : journal.stream(stream)
  return records.pipe(
    Stream.mapAccum(sessionFold.initial, (before, record) => {
      const session = sessionFold.step(before, record)
      const told =
        record.sequence > after
          ? inspectionsOf(before, record, session, redact)
          : record.sequence === after
            ? [redact(actorInspection(record.sessionId, session.state, session.at))]
            : []
      return [session, Chunk.fromIterable(told)]
    }),
    Stream.flattenChunks
  )
}
