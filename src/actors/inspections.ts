/**
 * The messages of a stored session, as a watcher would have received them.
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
 * The part of a session that is told, and its redaction.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionOptions {
  /** Begins after this sequence, and introduces the agent as it was at that sequence. @default 0 */
  readonly after?: number
  /** Goes on with every new event as it becomes durable, and does not end. @default false */
  readonly follow?: boolean
  /** @default defaultRedaction */
  readonly redact?: Redaction
}

/**
 * Tells a session from its journal: the same messages that were published live, as far as the journal holds them.
 *
 * @since 0.1.0
 * @category streams
 * @example
 * ```ts
 * import { Effect, Stream } from "effect"
 * import { Inspector, Journal } from "life-agent-os"
 *
 * export const tell = (sessionId: string) =>
 *   Effect.flatMap(Journal.Journal, (journal) =>
 *     Inspector.ofSession(journal, { sessionId, branchId: Journal.mainBranch }).pipe(
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
