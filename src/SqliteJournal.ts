/**
 * The default journal: SQLite.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/lago/SqliteJournal.js"
