/**
 * Lago: persistence. The journal on SQLite.
 *
 * @since 0.1.0
 */
export * as SqliteJournal from "./SqliteJournal.js"
export { transactionsTotal } from "./writer.js"
