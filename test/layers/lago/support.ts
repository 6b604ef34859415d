/** Shared parts of the journal tests: events, directories, and access to the file behind the journal's back. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { Effect, type Scope } from "effect"
import {
  type Append,
  type EventKind,
  Journal,
  type JournalError,
  mainBranch,
  type NewEvent,
  type RawKind,
  type StreamId
} from "../../../src/layers/aios/index.js"
import { make as makeIds } from "../../../src/layers/aios/ports/Ids.js"
import { SqliteJournal } from "../../../src/layers/lago/index.js"

/** A file of test/fixtures. */
export const fixture = (name: string): URL => new URL(`../../fixtures/${name}`, import.meta.url)

export const epochMs = 1_790_000_000_000

let entropy = 0
const ids = makeIds((bytes) => bytes.fill(entropy++ & 15))

/** An event with an id of its own. */
export const event = (kind: EventKind | RawKind, at = epochMs): NewEvent => ({ eventId: ids.ulidAt(at), at, kind })

/** A user message. */
export const said = (content: string, at?: number): NewEvent => event({ type: "UserMessage", content }, at)

export const stream = (sessionId: string): StreamId => ({ sessionId, branchId: mainBranch })

/** An append of the agent "agent" to the main branch of a session. */
export const to = (sessionId: string, events: ReadonlyArray<NewEvent>, rest?: Partial<Append>): Append => ({
  ...stream(sessionId),
  agentId: "agent",
  events,
  ...rest
})

/** A directory that goes with the scope. */
export const tempDir: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-lago-"))),
  (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
)

type JournalService = typeof Journal.Service

/** Opens the journal, uses it and closes it. */
export const using = <A, E, R>(
  options: SqliteJournal.Options,
  use: (journal: JournalService) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | JournalError, Exclude<R, SqliteJournal.Services>> =>
  Effect.flatMap(Journal, use).pipe(Effect.provide(SqliteJournal.layer(options)))

/** Uses a journal in memory. */
export const inMemory = <A, E, R>(
  use: (journal: JournalService) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | JournalError, Exclude<R, SqliteJournal.Services>> =>
  Effect.flatMap(Journal, use).pipe(Effect.provide(SqliteJournal.layerMemory))

/** Runs statements on a closed journal's file, past the journal. */
export const tamper = (dataDir: string, ...statements: ReadonlyArray<string>): void => {
  const database = new Sqlite(join(dataDir, "journal.sqlite"))
  for (const statement of statements) {
    const { changes } = database.prepare(statement).run()
    if (changes === 0) throw new Error(`changed nothing: ${statement}`)
  }
  database.close()
}

/** Reason why a test cannot run here; printed, so that a skipped test does not pass for a passed one. */
export const skipReason = (attempt: () => void): string | undefined => {
  try {
    attempt()
    return undefined
  } catch (cause) {
    return String(cause).split("\n")[0]
  }
}
