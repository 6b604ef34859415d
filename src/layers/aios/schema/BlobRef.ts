/**
 * The name of a blob: the hash of its bytes.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Reference to a blob: lowercase hex SHA-256 of its bytes and their number.
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
