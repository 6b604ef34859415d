/**
 * The bodies of the events about memory and about what a conversation still holds.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { MemoryEntry, MemoryScope, RecalledMemory } from "../schema/Memory.js"
import { TokenUsage } from "../schema/TokenUsage.js"
import { Provenance } from "../schema/Observation.js"

const Text = Schema.String
const Count = Schema.Int.pipe(Schema.nonNegative())
const Scope = MemoryScope
const opt = Schema.optional

export const memoryFields = {
  MemoryStored: { scope: Scope, memoryId: Text, text: Text, tags: Schema.Array(Text), provenance: Provenance },
  // `recalled`: exactly what the contexts of this run hold, whatever becomes of the memories meanwhile.
  MemoryRetrieved: {
    source: Text,
    memoryIds: Schema.Array(Text),
    tokens: Count,
    recalled: opt(Schema.Array(RecalledMemory))
  },
  MemoryProposed: { scope: Scope, proposalId: Text, entries: Schema.Array(MemoryEntry), provenance: Provenance },
  // `owner`: the agent by name whose sessions share it, for the scope `agent`.
  MemoryCommitted: {
    scope: Scope,
    memoryId: Text,
    proposalId: Text,
    entries: Schema.Array(MemoryEntry),
    provenance: Provenance,
    owner: opt(Text),
    supersedes: opt(Text)
  },
  MemoryTombstoned: { scope: Scope, memoryId: Text, reason: Text },
  ReflectionCompacted: { scope: Scope, summaryRef: Text, coversThroughSequence: Count, text: opt(Text) },
  // `summary` stands for what was left out; `outputCharactersMax`: longer texts of what is kept were cut. The use of a
  // model that wrote the summary counts for the run; `failure` says why it did not.
  ContextCompacted: {
    fromSequence: Count,
    droppedCount: Count,
    tokensBefore: Count,
    tokensAfter: Count,
    summary: opt(Text),
    summaryBy: opt(Schema.Literal("model", "extract")),
    failure: opt(Text),
    model: opt(Text),
    usage: opt(TokenUsage),
    costUsd: opt(Schema.Number),
    outputCharactersMax: opt(Count)
  }
} as const
