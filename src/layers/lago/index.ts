/**
 * Lago: persistence. The journal and its blobs on SQLite.
 *
 * @since 0.1.0
 */
export * as Memory from "./memory/index.js"
export { SharedMemories } from "./memory/SharedMemories.js"
export * as MemoryBlobs from "./MemoryBlobs.js"
export * as SqliteJournal from "./SqliteJournal.js"
export { transactionsTotal } from "./writer.js"
