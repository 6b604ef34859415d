/**
 * Facts of the journal that a run needs before it begins or goes on.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { foldStream, namedCheckpoint } from "../../actors/index.js"
import { Journal, type JournalError, mainBranch, type SessionSummary, type StreamId } from "../../layers/aios/index.js"
import { SqliteJournal } from "../../layers/lago/index.js"

/** An open run, with the settings it was started with. */
export interface StartedRun {
  readonly sessionId: string
  readonly objective: string
  readonly provider: string
  readonly model: string
}

/** The sessions of a data directory. */
export interface Known {
  readonly sessions: ReadonlyArray<SessionSummary>
  /** The open run of the given session. @default the only open run */
  readonly run: StartedRun | undefined
}

/** Reads the journal of a data directory and closes it. A directory without a journal has no sessions. */
export const lookAt = (dataDir: string, sessionId: string | undefined): Effect.Effect<Known, JournalError> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const sessions = yield* journal.sessions
    const open = sessions.filter(({ runOpen }) => runOpen)
    const wanted =
      sessionId === undefined
        ? open.length === 1
          ? open[0]
          : undefined
        : open.find((session) => session.sessionId === sessionId)
    return { sessions, run: wanted === undefined ? undefined : yield* startedRun(journal, wanted.sessionId) }
  }).pipe(
    Effect.provide(SqliteJournal.layer({ dataDir, readonly: true })),
    Effect.catchTag("JournalError", (error) =>
      error.reason === "NotFound" ? Effect.succeed({ sessions: [], run: undefined }) : Effect.fail(error)
    )
  )

const startedRun = Effect.fnUntraced(function* (journal: typeof Journal.Service, sessionId: string) {
  const stream: StreamId = { sessionId, branchId: mainBranch }
  const {
    state: { run }
  } = yield* foldStream(journal, stream, yield* namedCheckpoint(journal, stream))
  if (run === undefined) return undefined
  const kindAt = (sequence: number) =>
    Effect.map(journal.read({ ...stream, after: sequence - 1, through: sequence }), ([record]) => record?.kind)
  const message = yield* kindAt(run.objectiveSequence)
  const start = yield* kindAt(run.startSequence)
  return message?.type === "UserMessage" && start?.type === "RunStarted"
    ? { sessionId, objective: message.content, provider: start.provider, model: start.model }
    : undefined
})
