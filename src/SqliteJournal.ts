/**
 * The default journal: SQLite.
 *
 * @since 0.1.0
 */
export * from "./layers/lago/SqliteJournal.js"
