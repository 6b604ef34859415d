/**
 * The blob port: contents by their hash.
 *
 * @since 0.1.0
 * @module
 */
export { BlobError, BlobRef, BlobStore } from "./layers/aios/index.js"
