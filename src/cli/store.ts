/**
 * The journal for commands that only read.
 *
 * @since 0.1.0
 */
import { Effect, Option } from "effect"
import {
  Journal,
  type JournalError,
  mainBranch,
  nearest,
  type SessionSummary,
  type StreamId
} from "../layers/aios/index.js"
import { SqliteJournal } from "../layers/lago/index.js"
import { type CliError, failure } from "./CliError.js"
import { dataDirOf, type Location, suggestion } from "./options.js"
import { interruptible, type Signals } from "./Signals.js"

/** An existing session with its journal, stream and summary. */
export interface Opened {
  readonly journal: typeof Journal.Service
  readonly stream: StreamId
  readonly summary: SessionSummary
}

/** Opens a journal to read it; another process may write it at the same time. */
export const withJournal = <E, R>(
  location: Location,
  use: (journal: typeof Journal.Service) => Effect.Effect<void, E, R>
): Effect.Effect<void, E | JournalError | CliError, Exclude<R, SqliteJournal.Services> | Signals> =>
  Effect.flatMap(Journal, use).pipe(
    Effect.provide(SqliteJournal.layer({ dataDir: dataDirOf(location), readonly: true })),
    interruptible
  )

/** Opens a journal to read one session; fails when there is no such session. */
export const withSession = <E, R>(
  location: Location,
  sessionId: string,
  use: (opened: Opened) => Effect.Effect<void, E, R>
) =>
  withJournal(location, (journal) =>
    Effect.flatMap(findSession(journal, sessionId, location), (summary) =>
      use({ journal, stream: { sessionId, branchId: mainBranch }, summary })
    )
  )

/** Finds a session by its id. */
export const findSession = Effect.fnUntraced(function* (
  journal: typeof Journal.Service,
  sessionId: string,
  location: Location
) {
  const found = yield* journal.session({ sessionId, branchId: mainBranch })
  return Option.isSome(found) ? found.value : yield* unknownSession(sessionId, yield* journal.sessions, location)
})

/** The failure for an unknown session; the message names the nearest ids. */
export const unknownSession = (
  sessionId: string,
  sessions: ReadonlyArray<SessionSummary>,
  location: Location
): CliError => {
  const near = nearest(
    sessionId,
    sessions.map((summary) => summary.sessionId)
  )
  return failure(
    `there is no session ${JSON.stringify(sessionId)} in ${dataDirOf(location)}. ` +
      `${near.length === 0 ? "" : `Did you mean ${near.join(" or ")}? `}` +
      `\`${suggestion("sessions", location)}\` lists them all.`
  )
}
