/**
 * The name of a blob: the hash of its bytes.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * A blob by its content: lowercase hex SHA-256 and the size in bytes.
 *
 * @since 0.1.0
 * @category models
 */
export const BlobRef = Schema.Struct({ sha256: Schema.String, sizeBytes: Schema.Int })

/**
 * @since 0.1.0
 * @category models
 */
export type BlobRef = typeof BlobRef.Type
