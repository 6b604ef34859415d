/**
 * The blob port: contents by their hash.
 *
 * @since 0.1.0
 * @module
 */
export { BlobError, BlobStore } from "./layers/aios/ports/BlobStore.js"
export { BlobRef } from "./layers/aios/schema/BlobRef.js"
