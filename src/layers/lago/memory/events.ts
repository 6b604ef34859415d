/**
 * Kinds of events about memory. They keep the bare names that they had in journals before memory was a subsystem.
 */
import { Schema } from "effect"
import { Subsystem } from "../../aios/index.js"
import { MemoryEntry, MemoryScope, Provenance, RecalledMemory } from "./schema.js"

const Text = Schema.String
const Count = Schema.Int.pipe(Schema.nonNegative())
const opt = Schema.optional

const scope = MemoryScope
const entries = Schema.Array(MemoryEntry)
const provenance = Provenance

/**
 * The kinds by key.
 */
export const events = {
  Stored: Subsystem.bareEvent("MemoryStored", {
    fields: { scope, memoryId: Text, text: Text, tags: Schema.Array(Text), provenance }
  }),
  // `recalled`: exactly the memories in the contexts of this run, even if the memories change meanwhile.
  Retrieved: Subsystem.bareEvent("MemoryRetrieved", {
    fields: {
      source: Text,
      memoryIds: Schema.Array(Text),
      tokens: Count,
      recalled: opt(Schema.Array(RecalledMemory))
    }
  }),
  Proposed: Subsystem.bareEvent("MemoryProposed", { fields: { scope, proposalId: Text, entries, provenance } }),
  // `owner`: name of the agents whose sessions share the memory, for the scope `agent`.
  Committed: Subsystem.bareEvent("MemoryCommitted", {
    fields: { scope, memoryId: Text, proposalId: Text, entries, provenance, owner: opt(Text), supersedes: opt(Text) }
  }),
  Tombstoned: Subsystem.bareEvent("MemoryTombstoned", { fields: { scope, memoryId: Text, reason: Text } }),
  Reflected: Subsystem.bareEvent("ReflectionCompacted", {
    fields: { scope, summaryRef: Text, coversThroughSequence: Count, text: opt(Text) }
  })
} as const

/**
 * The body of an event about memory, told apart by `type`.
 *
 * @since 0.1.0
 * @category models
 */
export type MemoryKind = Subsystem.KindsOf<"memory", typeof events>

/**
 * The body of one kind.
 *
 * @since 0.1.0
 * @category models
 */
export type MemoryKindOf<T extends MemoryKind["type"]> = Extract<MemoryKind, { readonly type: T }>
