/**
 * Schemas of memory: what an agent observes, proposes, commits and forgets.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { BlobRef } from "../../aios/index.js"

/**
 * The events and files that a statement comes from. Sequences are inclusive; `sha256` is lowercase hex of the file's
 * bytes.
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

/**
 * Owner of a memory: one session, every session of the agents with one name (`agent`), or every session of a data
 * directory: `user` for statements about the person the agents work for, `org` for statements about the organization.
 *
 * @since 0.1.0
 * @category models
 */
export const MemoryScope = Schema.Literal("session", "user", "agent", "org")

/**
 * @since 0.1.0
 * @category models
 */
export type MemoryScope = typeof MemoryScope.Type

/**
 * One statement. When `text` is only its beginning, `content` is the whole of it.
 *
 * @since 0.1.0
 * @category models
 */
export const MemoryEntry = Schema.Struct({
  text: Schema.String,
  tags: Schema.Array(Schema.String),
  content: Schema.optional(BlobRef)
})

/**
 * @since 0.1.0
 * @category models
 */
export type MemoryEntry = typeof MemoryEntry.Type

const statements = { scope: MemoryScope, entries: Schema.Array(MemoryEntry), provenance: Provenance }

/**
 * Statements that were proposed and not committed yet.
 *
 * @since 0.1.0
 * @category models
 */
export const MemoryProposal = Schema.Struct({ proposalId: Schema.String, ...statements })

/**
 * @since 0.1.0
 * @category models
 */
export type MemoryProposal = typeof MemoryProposal.Type

/**
 * Statements that hold until they are forgotten or superseded.
 *
 * @since 0.1.0
 * @category models
 */
export const CommittedMemory = Schema.Struct({ memoryId: Schema.String, ...statements })

/**
 * @since 0.1.0
 * @category models
 */
export type CommittedMemory = typeof CommittedMemory.Type

/**
 * A memory as it stands in the contexts of a run.
 *
 * @since 0.1.0
 * @category models
 */
export const RecalledMemory = Schema.Struct({
  memoryId: Schema.String,
  scope: MemoryScope,
  block: Schema.Literal("Memory", "Retrieval"),
  text: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type RecalledMemory = typeof RecalledMemory.Type

/**
 * Summary of a stretch of work, in a few words.
 *
 * @since 0.1.0
 * @category models
 */
export const Reflection = Schema.Struct({
  memoryId: Schema.String,
  text: Schema.String,
  coversThroughSequence: Schema.Int
})

/**
 * @since 0.1.0
 * @category models
 */
export type Reflection = typeof Reflection.Type

/**
 * Gives the scope that an id of a proposal or memory names. Ids are `<scope>.<ULID>`, so that the capabilities of a
 * call can be read off its arguments. An id without a scope belongs to the session.
 *
 * @since 0.1.0
 * @category getters
 */
export const scopeOfId = (id: string): MemoryScope => {
  const [scope, rest] = id.split(".", 2)
  return rest !== undefined && isScope(scope) ? scope : "session"
}

const isScope = Schema.is(MemoryScope)

/**
 * Gives the text of a memory: its entries, one to a line.
 *
 * @since 0.1.0
 * @category getters
 */
export const textOf = (entries: ReadonlyArray<{ readonly text: string }>): string =>
  entries.map(({ text }) => text).join("\n")
