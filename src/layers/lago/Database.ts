/**
 * One SQLite connection: opened with typed errors, used by one fiber at a time.
 */
import * as Reactivity from "@effect/experimental/Reactivity"
import { SqliteClient } from "@effect/sql-sqlite-node"
import { Duration, Effect, type Scope } from "effect"
import { type JournalError, unsafeMakeLock } from "../aios/index.js"
import { fromSqlite } from "./errors.js"

/**
 * Parameter of a statement.
 */
export type Parameter = string | number | null | Uint8Array

/**
 * An open database.
 *
 * - `run`: runs one statement, which is prepared once and kept; gives its rows
 * - `exclusive`: keeps every other `exclusive` effect out, so that no other fiber sees an open transaction
 * - `transaction`: commits all of an effect's statements or none
 */
export interface Database {
  readonly file: string
  readonly run: <Row>(
    sql: string,
    parameters?: ReadonlyArray<Parameter>
  ) => Effect.Effect<ReadonlyArray<Row>, JournalError>
  readonly exclusive: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  readonly transaction: <A, R>(effect: Effect.Effect<A, JournalError, R>) => Effect.Effect<A, JournalError, R>
}

const busyTimeoutMsDefault = 1_000

/**
 * Opens a database file (`:memory:` for one without a file) and closes it with the scope.
 */
export const open = Effect.fnUntraced(function* (
  file: string,
  options: { readonly readonly?: boolean; readonly busyTimeoutMs?: number }
): Effect.fn.Return<Database, JournalError, Scope.Scope> {
  const toJournalError = fromSqlite(file)
  // The driver throws while it opens a file, which Effect sees as a defect.
  const client = yield* SqliteClient.make({
    filename: file,
    readonly: options.readonly === true,
    disableWAL: options.readonly === true || file === ":memory:",
    prepareCacheTTL: Duration.infinity
  }).pipe(
    Effect.provideServiceEffect(Reactivity.Reactivity, Reactivity.make),
    Effect.catchAllDefect((defect) => toJournalError(defect))
  )
  // The connection is held as long as the database is open, which saves a scope and a span per statement.
  const connection = yield* Effect.mapError(client.reserve, toJournalError)
  const run: Database["run"] = (sql, parameters = []) =>
    Effect.mapError(connection.execute(sql, parameters, undefined), toJournalError)
  yield* run(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? busyTimeoutMsDefault}`)
  return withRun(file, run)
})

/**
 * Makes a database from its `run`.
 */
export const withRun = (file: string, run: Database["run"]): Database => {
  const lock = unsafeMakeLock()
  const rollback = run("ROLLBACK").pipe(
    Effect.catchTag("JournalError", (error) =>
      // After some errors SQLite has rolled back by itself, and then there is no transaction left. A process that lost
      // its database has no transaction either.
      error.reason === "Fenced" || error.message.includes("no transaction is active")
        ? Effect.void
        : Effect.logWarning(error.message)
    )
  )
  return {
    file,
    run,
    exclusive: lock.withLock,
    transaction: (effect) =>
      Effect.zipRight(
        run("BEGIN IMMEDIATE"),
        Effect.zipLeft(effect, run("COMMIT")).pipe(Effect.onError(() => rollback))
      ).pipe(Effect.uninterruptible)
  }
}
