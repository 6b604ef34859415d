/** Durability of a commit, as SQLite knows it. */
import { Effect } from "effect"
import { JournalError } from "../aios/index.js"
import type { Database } from "./Database.js"

const synchronousCodes = { normal: 1, full: 2 } as const

// The driver sets NORMAL, which can lose the last commits in a power cut, so the mode is set here and read back.
export const setSynchronous = Effect.fnUntraced(function* (database: Database, synchronous: "full" | "normal") {
  const wanted = synchronousCodes[synchronous]
  yield* database.run(`PRAGMA synchronous = ${wanted}`)
  const [row] = yield* database.run<{ readonly synchronous: number }>("PRAGMA synchronous")
  if (row?.synchronous === wanted) return
  return yield* new JournalError({
    reason: "Failed",
    message:
      `${database.file}: SQLite did not accept synchronous=${synchronous} (it says ${row?.synchronous}). ` +
      "Use the SQLite build that better-sqlite3 brings along."
  })
})
