/**
 * Projection of memory: observations, reflections, proposals, commits, and what the open run recalled.
 */
import { Schema } from "effect"
import type { AgentState, Subsystem } from "../../aios/index.js"
import type { MemoryKind } from "./events.js"
import { limits } from "./limits.js"
import { CommittedMemory, MemoryProposal, Observation, RecalledMemory, Reflection, textOf } from "./schema.js"

/**
 * Memories of a session. `committed` holds its own; memories that sessions share are in a table of the journal. `made`
 * is absent until the session has something besides observations.
 *
 * @since 0.1.0
 * @category models
 */
export const Memories = Schema.Struct({
  observations: Schema.Array(Observation),
  made: Schema.optional(
    Schema.Struct({
      reflection: Schema.optional(Reflection),
      proposals: Schema.Array(MemoryProposal),
      committed: Schema.Array(CommittedMemory)
    })
  ),
  /** Memories in the contexts of the open run, as they were when it began. */
  recalled: Schema.optional(Schema.Array(RecalledMemory))
})

/**
 * @since 0.1.0
 * @category models
 */
export type Memories = typeof Memories.Type

type Made = NonNullable<Memories["made"]>

const emptyMade: Made = { proposals: [], committed: [] }

/**
 * Gives the reflection, proposals and commits; empty until there was one.
 */
export const madeOf = ({ made = emptyMade }: Memories): Made => made

/**
 * The tag of an observation that is the answer of a run. Such an observation stays until newer ones take its place.
 */
export const runTag = "run"

/**
 * Returns whether a reflection through a sequence covers an observation; it never covers answers of runs.
 */
export const isReflected = ({ tags, provenance }: Observation, coversThroughSequence: number): boolean =>
  !tags.includes(runTag) && provenance.eventEnd <= coversThroughSequence

const withMade = (memories: Memories, change: Partial<Made>): Memories => ({
  ...memories,
  made: { ...madeOf(memories), ...change }
})

const forgetRecalled = ({ recalled: _, ...memories }: Memories): Memories => memories

/**
 * The reducers.
 */
const on: Subsystem.Reducers<Memories, MemoryKind> = {
  RunStarted: forgetRecalled,
  RunFinished: forgetRecalled,
  RunErrored: forgetRecalled,
  MemoryStored: (memories, { memoryId, text, tags, provenance }) => ({
    ...memories,
    observations: [...memories.observations, { memoryId, text, tags, provenance }].slice(-limits.observationsMax)
  }),
  MemoryRetrieved: (memories, { recalled }) =>
    recalled === undefined ? memories : { ...memories, recalled: filled(memories, recalled) },
  ReflectionCompacted: (memories, { scope, summaryRef, coversThroughSequence, text }) =>
    scope !== "session" || text === undefined
      ? memories
      : {
          ...withMade(memories, { reflection: { memoryId: summaryRef, text, coversThroughSequence } }),
          observations: memories.observations.filter((observation) => !isReflected(observation, coversThroughSequence))
        },
  MemoryProposed: (memories, { scope, proposalId, entries, provenance }) =>
    withMade(memories, {
      proposals: [...madeOf(memories).proposals, { proposalId, scope, entries, provenance }].slice(-limits.proposalsMax)
    }),
  MemoryCommitted: (memories, { scope, memoryId, proposalId, entries, provenance, supersedes }) => {
    const { committed, proposals } = madeOf(memories)
    const kept = committed.filter((memory) => memory.memoryId !== supersedes)
    return withMade(memories, {
      proposals: proposals.filter((proposal) => proposal.proposalId !== proposalId),
      // A memory that sessions share is not kept in the state of each session.
      committed:
        scope === "session"
          ? [...kept, { memoryId, scope, entries, provenance }].slice(-limits.sessionMemoriesMax)
          : kept
    })
  },
  MemoryTombstoned: ({ made, ...memories }, { memoryId }) => {
    const observations = memories.observations.filter((observation) => observation.memoryId !== memoryId)
    const next = { ...memories, observations }
    if (made === undefined) return next
    const { reflection, ...rest } = made
    return {
      ...next,
      made: {
        ...rest,
        ...(reflection === undefined || reflection.memoryId === memoryId ? {} : { reflection }),
        committed: made.committed.filter((committed) => committed.memoryId !== memoryId),
        proposals: made.proposals.filter(({ proposalId }) => proposalId !== memoryId)
      }
    }
  }
}

// The event names a memory of the session itself by its id alone; the text is in the projection already.
const filled = (memories: Memories, recalled: ReadonlyArray<RecalledMemory>): ReadonlyArray<RecalledMemory> => {
  const { committed, reflection } = madeOf(memories)
  const own = new Map<string, string>([
    ...memories.observations.map(({ memoryId, text }) => [memoryId, text] as const),
    ...(reflection === undefined ? [] : [[reflection.memoryId, reflection.text] as const]),
    ...committed.map(({ entries, memoryId }) => [memoryId, textOf(entries)] as const)
  ])
  return recalled.map((each) => (each.text === "" ? { ...each, text: own.get(each.memoryId) ?? "" } : each))
}

// Before memory had a leaf of its own, it was in three places of the kernel's state.
const formerly = (kernel: AgentState, { made, observations, recalled }: Memories): object => ({
  ...kernel,
  memories: observations,
  ...(made && { memory: made }),
  ...(kernel.run && recalled && { run: { ...kernel.run, recalled } })
})

/**
 * The projection.
 */
export const projection: Subsystem.Projection<Memories, MemoryKind, typeof Memories.Encoded> = {
  version: 1,
  schema: Memories,
  initial: { observations: [] },
  on,
  formerly
}
