/**
 * The blob port: data that is too large for an event, stored under the hash of its bytes.
 *
 * @since 0.1.0
 */
import { Context, type Effect, Schema } from "effect"
import type { BlobRef } from "../schema/BlobRef.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Failure to store or to read a blob.
 *
 * - `NotFound`: there is no blob with this hash
 * - `Corrupt`: the stored bytes do not have this hash any more
 * - `TooLarge`: the blob has more than `Limits.blobBytesMax` bytes
 * - `Unavailable`: the store failed, is open for reading only, or belongs to another process by now
 *
 * @since 0.1.0
 * @category errors
 */
export class BlobError extends Schema.TaggedError<BlobError>("life-agent-os/BlobError")("BlobError", {
  reason: Schema.Literal("NotFound", "Corrupt", "TooLarge", "Unavailable"),
  /** Description of what happened, where, and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Keeps bytes under their hash. Putting the same bytes again changes nothing. A blob stays for ever, because events
 * name it.
 *
 * @since 0.1.0
 * @category services
 */
export class BlobStore extends Context.Tag("life-agent-os/BlobStore")<
  BlobStore,
  {
    /** Succeeds when the bytes are durable. */
    readonly put: (bytes: Uint8Array) => Effect.Effect<BlobRef, BlobError>
    /** Gives the bytes with this lowercase hex SHA-256. */
    readonly get: (sha256: string) => Effect.Effect<Uint8Array, BlobError>
  }
>() {}
