/**
 * Lookup of one scope, for tools.
 */
import { Effect } from "effect"
import { type BlobError, type BlobRef, BlobStore, type Subsystem, ToolError } from "../../aios/index.js"
import type { CommittedMemory, MemoryProposal, MemoryScope, Observation, Reflection } from "./schema.js"
import { madeOf, type Memories } from "./projection.js"
import { SharedMemories } from "./SharedMemories.js"

/**
 * The contents of one scope, the oldest first.
 */
export interface ScopeMemories {
  readonly observations: ReadonlyArray<Observation>
  readonly reflection: Reflection | undefined
  readonly proposals: ReadonlyArray<MemoryProposal>
  readonly committed: ReadonlyArray<CommittedMemory>
}

/**
 * Looks up what is known in a scope.
 */
export const known = (
  toolName: string,
  { agent, own }: Subsystem.View<Memories>,
  scope: MemoryScope
): Effect.Effect<ScopeMemories, ToolError, SharedMemories> => {
  const made = madeOf(own)
  const proposals = made.proposals.filter((proposal) => proposal.scope === scope)
  if (scope === "session") {
    const { committed, reflection } = made
    return Effect.succeed({ observations: own.observations, reflection, proposals, committed })
  }
  return Effect.flatMap(SharedMemories, ({ knownTo }) =>
    Effect.mapBoth(knownTo(agent.name), {
      onSuccess: (shared) => ({
        observations: [],
        reflection: undefined,
        proposals,
        committed: shared.filter((each) => each.scope === scope)
      }),
      onFailure: ({ message }) =>
        new ToolError({ toolName, reason: "Unavailable", message: `memory cannot be read now: ${message}` })
    })
  )
}

/**
 * The whole text of an entry of which an event holds only the beginning.
 */
export const text = ({ sha256 }: BlobRef): Effect.Effect<string, BlobError, BlobStore> =>
  Effect.flatMap(BlobStore, (blobs) => Effect.map(blobs.get(sha256), (bytes) => Buffer.from(bytes).toString("utf8")))
