/**
 * What an agent keeps, and where it comes from.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * The events and files a statement rests on. Sequences are inclusive; `sha256` is lowercase hex of the file's bytes.
 *
 * @since 0.1.0
 * @category models
 */
export const Provenance = Schema.Struct({
  eventStart: Schema.Int,
  eventEnd: Schema.Int,
  files: Schema.Array(Schema.Struct({ path: Schema.String, sha256: Schema.String }))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Provenance = typeof Provenance.Type

/**
 * A statement an agent remembers, with its provenance.
 *
 * @since 0.1.0
 * @category models
 */
export const Observation = Schema.Struct({
  memoryId: Schema.String,
  text: Schema.String,
  tags: Schema.Array(Schema.String),
  provenance: Provenance
})

/**
 * @since 0.1.0
 * @category models
 */
export type Observation = typeof Observation.Type
