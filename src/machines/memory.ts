/**
 * The part of the fold that is about memory: observations, reflections, proposals, what was committed and forgotten.
 *
 * A journal of a version that knew observations alone folds as it did then: nothing else is in the state until an event
 * puts it there.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  emptyMemory,
  Limits,
  type MemoryState,
  type Observation,
  type RecalledMemory
} from "../layers/aios/index.js"
import type { Reducers } from "./Reducers.js"

/**
 * The tag of an observation that is the answer of a run. It is carried on until newer ones take its place.
 *
 * @since 0.1.0
 * @category constants
 */
export const runTag = "run"

/**
 * Whether an observation is covered by reflections, once there is one; answers of runs never are.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isReflected = ({ tags, provenance }: Observation, coversThroughSequence: number): boolean =>
  !tags.includes(runTag) && provenance.eventEnd <= coversThroughSequence

const withMemory = (state: AgentState, change: Partial<MemoryState>): AgentState => ({
  ...state,
  memory: { ...(state.memory ?? emptyMemory), ...change }
})

export const memoryReducers: Pick<
  Reducers,
  "MemoryStored" | "MemoryRetrieved" | "ReflectionCompacted" | "MemoryProposed" | "MemoryCommitted" | "MemoryTombstoned"
> = {
  MemoryStored: (state, { memoryId, text, tags, provenance }) => ({
    ...state,
    memories: [...state.memories, { memoryId, text, tags, provenance }].slice(-Limits.memoriesMax)
  }),
  MemoryRetrieved: (state, { recalled }) =>
    recalled === undefined || state.run === undefined
      ? state
      : { ...state, run: { ...state.run, recalled: filled(state, recalled) } },
  ReflectionCompacted: (state, { scope, summaryRef, coversThroughSequence, text }) =>
    scope !== "session" || text === undefined
      ? state
      : {
          ...withMemory(state, { reflection: { memoryId: summaryRef, text, coversThroughSequence } }),
          memories: state.memories.filter((observation) => !isReflected(observation, coversThroughSequence))
        },
  MemoryProposed: (state, { scope, proposalId, entries, provenance }) =>
    withMemory(state, {
      proposals: [...(state.memory?.proposals ?? []), { proposalId, scope, entries, provenance }].slice(
        -Limits.memoryProposalsMax
      )
    }),
  MemoryCommitted: (state, { scope, memoryId, proposalId, entries, provenance, supersedes }) => {
    const { committed, proposals } = state.memory ?? emptyMemory
    const kept = committed.filter((memory) => memory.memoryId !== supersedes)
    return withMemory(state, {
      proposals: proposals.filter((proposal) => proposal.proposalId !== proposalId),
      // What sessions share is not carried by each of them.
      committed:
        scope === "session"
          ? [...kept, { memoryId, scope, entries, provenance }].slice(-Limits.sessionMemoriesMax)
          : kept
    })
  },
  MemoryTombstoned: (state, { memoryId }) => {
    const { memory } = state
    const memories = state.memories.filter((observation) => observation.memoryId !== memoryId)
    const next = { ...state, memories }
    if (memory === undefined) return next
    const { reflection, ...rest } = memory
    return {
      ...next,
      memory: {
        ...rest,
        ...(reflection === undefined || reflection.memoryId === memoryId ? {} : { reflection }),
        committed: memory.committed.filter((committed) => committed.memoryId !== memoryId),
        proposals: memory.proposals.filter(({ proposalId }) => proposalId !== memoryId)
      }
    }
  }
}

// What the session knows itself is named by its id alone; its text is here already.
const filled = (
  { memories, memory = emptyMemory }: AgentState,
  recalled: ReadonlyArray<RecalledMemory>
): ReadonlyArray<RecalledMemory> => {
  const own = new Map<string, string>([
    ...memories.map(({ memoryId, text }) => [memoryId, text] as const),
    ...(memory.reflection === undefined ? [] : [[memory.reflection.memoryId, memory.reflection.text] as const]),
    ...memory.committed.map((committed) => [committed.memoryId, textOf(committed.entries)] as const)
  ])
  return recalled.map((each) => (each.text === "" ? { ...each, text: own.get(each.memoryId) ?? "" } : each))
}

/**
 * The text of a memory: its entries, one to a line.
 *
 * @since 0.1.0
 * @category getters
 */
export const textOf = (entries: ReadonlyArray<{ readonly text: string }>): string =>
  entries.map(({ text }) => text).join("\n")
