/**
 * One writing process per data directory.
 *
 * The lock is a write transaction on a database of its own, held as long as the process lives. The operating system
 * releases it however the process ends, so there is nothing stale to clean up.
 */
import { join } from "node:path"
import { Clock, Effect, type Scope } from "effect"
import { JournalError } from "../aios/index.js"
import { type Database, open } from "./Database.js"

interface Owner {
  readonly pid: number
  readonly started_at: number
}

const ownerOf = (database: Database): Effect.Effect<Owner | undefined, JournalError> =>
  Effect.map(database.run<Owner>("SELECT pid, started_at FROM owner"), ([owner]) => owner)

const inUse = (dataDir: string, pid: number | undefined): JournalError =>
  new JournalError({
    reason: "InUse",
    message:
      `${dataDir} is in use by ${pid === undefined ? "another process" : `process ${pid}`}. Wait for it, stop it, ` +
      "or take another data directory. Commands that only read work meanwhile.",
    ...(pid === undefined ? undefined : { pid })
  })

const table = `CREATE TABLE IF NOT EXISTS owner (
  only INTEGER PRIMARY KEY CHECK (only = 1), pid INTEGER NOT NULL, started_at INTEGER NOT NULL
)`

// Two processes that start at once may overtake each other between the two transactions of an attempt, but not many
// times in a row.
const attemptsMax = 8

/**
 * Takes the lock of a data directory until the scope closes. Fails at once with `InUse` and the owner's pid when
 * another process has it.
 */
export const acquire = Effect.fnUntraced(function* (
  dataDir: string
): Effect.fn.Return<void, JournalError, Scope.Scope> {
  const database = yield* open(join(dataDir, "lock.sqlite"), { busyTimeoutMs: 0 })
  const self: Owner = { pid: process.pid, started_at: yield* Clock.currentTimeMillis }
  const isSelf = (owner: Owner | undefined) => owner?.pid === self.pid && owner.started_at === self.started_at

  // Other processes can read the owner only after it is committed, so the second transaction is the actual lock.
  const attempt = Effect.gen(function* () {
    yield* database.run("BEGIN IMMEDIATE")
    yield* database.run(table)
    yield* database.run("INSERT OR REPLACE INTO owner VALUES (1, ?, ?)", [self.pid, self.started_at])
    yield* database.run("COMMIT")
    yield* database.run("BEGIN IMMEDIATE")
    if (isSelf(yield* ownerOf(database))) return true
    yield* database.run("ROLLBACK")
    return false
  })

  const named = (error: JournalError): Effect.Effect<never, JournalError> =>
    error.reason === "InUse"
      ? Effect.flatMap(ownerOf(database), (owner) => inUse(dataDir, isSelf(owner) ? undefined : owner?.pid))
      : error

  // The row names the process that holds the lock; it need not survive a power cut.
  yield* database.run("PRAGMA synchronous = OFF")
  for (let attempts = 0; attempts < attemptsMax; attempts++) {
    if (yield* Effect.catchTag(attempt, "JournalError", named)) return
  }
  return yield* inUse(dataDir, undefined)
})
