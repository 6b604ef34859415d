/**
 * The past from a journal that may not exist yet: the first question opens the journal for reading.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer, type Scope } from "effect"
import { Journal, type Redaction, unsafeMakeLock } from "../../layers/aios/index.js"
import { SqliteJournal } from "../../layers/lago/index.js"
import type { History } from "./History.js"
import { journalHistory } from "./journalHistory.js"

/** Answers from the journal of a data directory, which the agents of this or another process write. */
export const lateHistory = Effect.fnUntraced(function* (
  dataDir: string,
  redact: Redaction
): Effect.fn.Return<History, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const one = unsafeMakeLock()
  let opened: History | undefined
  const history = Effect.suspend(() =>
    opened === undefined
      ? Layer.buildWithScope(SqliteJournal.layer({ dataDir, readonly: true }), scope).pipe(
          Effect.map((context) => (opened = journalHistory(Context.get(context, Journal), redact)))
        )
      : Effect.succeed(opened)
  ).pipe(one.withLock)
  return {
    sessions: Effect.flatMap(history, ({ sessions }) => sessions),
    messages: (sessionId, query) => Effect.flatMap(history, ({ messages }) => messages(sessionId, query)),
    at: (sessionId, sequence) => Effect.flatMap(history, ({ at }) => at(sessionId, sequence)),
    outline: (sessionId) => Effect.flatMap(history, ({ outline }) => outline(sessionId))
  }
})
