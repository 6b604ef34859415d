/**
 * Lookup of one scope, for tools.
 */
import { Cause, Effect, Schema } from "effect"
import {
  type BlobError,
  type BlobRef,
  BlobStore,
  Identity,
  journalRetry,
  type Subsystem,
  ToolError
} from "../../aios/index.js"
import { limits } from "./limits.js"
import { CommittedMemory, type MemoryProposal, type MemoryScope, type Observation, type Reflection } from "./schema.js"
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
 * The port of shared memories, and the key that vouches for them.
 */
export type MemorySources = SharedMemories | Identity

/**
 * Looks up the contents of a scope.
 */
export const known = (
  toolName: string,
  { agent, own }: Subsystem.View<Memories>,
  scope: MemoryScope
): Effect.Effect<ScopeMemories, ToolError, MemorySources> => {
  const made = madeOf(own)
  const proposals = made.proposals.filter((proposal) => proposal.scope === scope)
  if (scope === "session") {
    const { committed, reflection } = made
    return Effect.succeed({ observations: own.observations, reflection, proposals, committed })
  }
  return Effect.mapBoth(sharedWith(agent.name), {
    onSuccess: (shared) => ({
      observations: [],
      reflection: undefined,
      proposals,
      committed: shared.filter((each) => each.scope === scope)
    }),
    onFailure: (message) =>
      new ToolError({ toolName, reason: "Unavailable", message: `memory cannot be read now: ${message}` })
  })
}

/**
 * Reads the memories that sessions share with an agent of a name, or fails with a text that says why not. A port that
 * the embedder provides may do anything: fail, hang, die, or give values that are no memories.
 */
export const sharedWith = (owner: string): Effect.Effect<ReadonlyArray<CommittedMemory>, string, MemorySources> =>
  Effect.flatMap(Effect.all([SharedMemories, Identity]), ([{ knownTo }, { seal }]) =>
    Effect.suspend(() => knownTo(owner, seal)).pipe(
      journalRetry(limits.sharedRetriesMax),
      Effect.flatMap(decodeShared),
      Effect.disconnect,
      Effect.timeoutFail({
        duration: limits.sharedReadMs,
        onTimeout: () => new Error(`the memories that sessions share were not read within ${limits.sharedReadMs} ms`)
      }),
      Effect.sandbox,
      Effect.mapError((cause) => messageOf(cause))
    )
  )

const decodeShared = Schema.decodeUnknown(Schema.Array(Schema.typeSchema(CommittedMemory)))

const messageOf = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return error instanceof Error ? error.message : String(error)
}

/**
 * Reads the whole text of an entry whose event holds only the beginning.
 */
export const wholeText = ({ sha256 }: BlobRef): Effect.Effect<string, BlobError, BlobStore> =>
  Effect.flatMap(BlobStore, (blobs) => Effect.map(blobs.get(sha256), (bytes) => Buffer.from(bytes).toString("utf8")))
