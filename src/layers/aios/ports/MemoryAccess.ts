/**
 * The access that a tool has to its agent's memory.
 *
 * @since 0.1.0
 */
import type { Effect } from "effect"
import type { BlobRef } from "../schema/BlobRef.js"
import type { BlobError } from "./BlobStore.js"
import type { JournalError } from "./Journal.js"
import type { MemoryScope, ScopeMemories } from "../schema/Memory.js"
import type { Provenance } from "../schema/Observation.js"

/**
 * What a tool may see of its agent's memory. It changes nothing; what a tool wants to change it says in its events.
 *
 * @since 0.1.0
 * @category models
 */
export interface MemoryAccess {
  /** The agent by name: the owner of what it commits in the scope `agent`. */
  readonly owner: string
  /** The events and files that this run rests on so far. */
  readonly provenance: Provenance
  readonly newId: () => string
  readonly scope: (scope: MemoryScope) => Effect.Effect<ScopeMemories, JournalError>
  /** The whole text of an entry of which an event holds only the beginning. */
  readonly text: (content: BlobRef) => Effect.Effect<string, BlobError>
}
