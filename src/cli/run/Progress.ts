/**
 * Reads the progress of a stored session.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import { foldStream, namedCheckpoint } from "../../actors/index.js"
import type { Journal, StreamId } from "../../layers/aios/index.js"
import { viewAfter, viewFrom } from "../../machines/index.js"

/** A session up to its last event, with the files and tool calls of its open run. */
export const progressOf = Effect.fnUntraced(function* (journal: typeof Journal.Service, stream: StreamId) {
  const session = yield* foldStream(journal, stream, yield* namedCheckpoint(journal, stream))
  const { run } = session.state
  const start = viewFrom(session)
  if (run === undefined) return start
  const { files, toolCalls } = yield* journal
    .stream({
      ...stream,
      after: run.startSequence,
      through: session.sequence,
      types: ["ToolResult", "FileWritten"]
    })
    .pipe(Stream.runFold(start, viewAfter))
  return { ...start, toolCalls, files }
})
