/**
 * Blobs in memory, for a journal that keeps none.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/lago/MemoryBlobs.js"
