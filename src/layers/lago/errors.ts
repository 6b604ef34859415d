/**
 * Errors of SQLite as journal errors.
 */
import { SqlError } from "@effect/sql/SqlError"
import { JournalError } from "../aios/index.js"

type Reason = JournalError["reason"]

// Result codes of SQLite (https://www.sqlite.org/rescode.html); an extended code takes the first prefix that fits.
const reasons: ReadonlyArray<readonly [code: string, reason: Reason, advice: string]> = [
  ["SQLITE_FULL", "DiskFull", "Nothing of it was kept. Free some space on this disk and try again."],
  ["SQLITE_IOERR_SHMSIZE", "DiskFull", "Nothing of it was kept. Free some space on this disk and try again."],
  ["SQLITE_NOTADB", "Corrupt", "Put a backup in its place, or move the file away to start afresh."],
  [
    "SQLITE_CORRUPT",
    "Corrupt",
    "Put a backup in its place, or save what can be read with the .recover command of sqlite3."
  ],
  [
    "SQLITE_READONLY",
    "Unwritable",
    "Check the permissions of the directory and whether its disk is mounted read-only."
  ],
  ["SQLITE_CANTOPEN", "Unwritable", "Check that the directory exists and that this user may read and write it."],
  ["SQLITE_PERM", "Unwritable", "Check that this user may read and write the directory."],
  ["SQLITE_IOERR", "Unwritable", "The disk or file system failed; look into the system log, then try again."],
  ["SQLITE_CONSTRAINT_UNIQUE", "EventIdReused", "Give every event an id of its own."],
  ["SQLITE_TOOBIG", "TooLarge", "Split the append, or store the large part outside the journal."],
  ["SQLITE_BUSY", "InUse", "Another process is writing to this file; stop it and try again."]
]

/**
 * The code of an error of SQLite or of the file system; empty for any other one.
 */
export const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : ""

/**
 * Turns an error that SQLite threw about a file into a typed error that says what to do.
 */
export const fromSqlite =
  (file: string) =>
  (thrown: unknown): JournalError => {
    const cause = thrown instanceof SqlError ? thrown.cause : thrown
    const code = codeOf(cause)
    const detail = cause instanceof Error ? cause.message : String(cause)
    const known = reasons.find(([prefix]) => code.startsWith(prefix))
    const [, reason, advice] =
      known ?? ([code, "Failed", "If it happens again, check the file with the sqlite3 shell."] as const)
    return new JournalError({ reason, message: `${file}: ${detail}${code === "" ? "" : ` (${code})`}. ${advice}` })
  }
