/**
 * Blobs in memory, for a system whose journal keeps none.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { BlobStore } from "../aios/index.js"
import { missing, refOf } from "./blobs.js"

/**
 * Keeps blobs until the layer is released.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { BlobStore, MemoryBlobs } from "life-agent-os"
 *
 * const program = Effect.flatMap(BlobStore.BlobStore, ({ put }) => put(Buffer.from("a long text")))
 * Effect.runPromise(Effect.provide(program, MemoryBlobs.layer))
 * ```
 */
export const layer: Layer.Layer<BlobStore> = Layer.sync(BlobStore, () => {
  const blobs = new Map<string, Uint8Array>()
  return {
    put: (bytes) => Effect.tap(refOf(bytes), ({ sha256 }) => Effect.sync(() => blobs.set(sha256, bytes.slice()))),
    get: (sha256) => {
      const bytes = blobs.get(sha256)
      return bytes === undefined ? missing(sha256, "memory") : Effect.succeed(bytes)
    }
  }
})
