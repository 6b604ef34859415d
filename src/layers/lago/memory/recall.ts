/**
 * Recall: the choice of what goes into the contexts of a run, made once when the run begins, and recorded.
 */
import { Effect } from "effect"
import { estimateTokens, jsonBytes, type Subsystem } from "../../aios/index.js"
import type { MemoryKindOf } from "./events.js"
import { type MemorySources, sharedWith } from "./known.js"
import { limits } from "./limits.js"
import { type CommittedMemory, type MemoryScope, type RecalledMemory, textOf } from "./schema.js"
import { madeOf, type Memories } from "./projection.js"
import { rankMemories } from "./rank.js"

interface Known {
  readonly memoryId: string
  readonly scope: MemoryScope
  readonly text: string
}

interface Recalled extends RecalledMemory {
  readonly tokens: number
}

// A dash, a scope and an id stand around each text.
const aroundTokens = 12

const tokensOf = ({ text }: Known): number => estimateTokens(text.length) + aroundTokens

/**
 * Recalls memories for the objective of a run. If the memories that sessions share cannot be read, the run goes on with
 * the memories of its own session.
 */
export const recall = (
  { agent, own }: Subsystem.View<Memories>,
  objective: string
): Effect.Effect<ReadonlyArray<MemoryKindOf<"MemoryRetrieved">>, never, MemorySources> =>
  Effect.gen(function* () {
    if (own.recalled !== undefined) return []
    const shared = yield* Effect.matchEffect(sharedWith(agent.name), {
      onSuccess: Effect.succeed,
      onFailure: (message) =>
        Effect.as(Effect.logWarning(`what sessions share is not recalled in this run: ${message}`), [])
    })
    const recalled = choice(own, shared, objective)
    return recalled.length === 0 ? [] : [retrieved(recalled)]
  })

/**
 * Chooses the memories to recall for an objective. The first block takes committed memories, nearest scope first, then
 * observations of the session, in each group the newest first, as far as it has room. The second block takes the
 * memories of the rest that fit the objective best.
 */
export const choice = (
  memories: Memories,
  shared: ReadonlyArray<CommittedMemory>,
  objective: string
): ReadonlyArray<Recalled> => {
  const known = knownOf(memories, shared)
  const remembered = fitting(known, limits.rememberedTokensMax)
  const rest = known.filter((each) => !remembered.has(each)).toReversed()
  const retrieved = fitting(
    rankMemories(objective, rest, ({ text }) => text),
    limits.retrievedTokensMax
  )
  const inBlock = (block: RecalledMemory["block"], chosen: ReadonlySet<Known>) =>
    [...chosen].map((each) => ({ ...each, block, tokens: tokensOf(each) }))
  return withinBytes([...inBlock("Memory", remembered), ...inBlock("Retrieval", retrieved)])
}

// The bytes have a limit too: some characters take six bytes each, and tokens are estimated from characters.
const withinBytes = (recalled: ReadonlyArray<Recalled>): ReadonlyArray<Recalled> => {
  let left: number = limits.recalledBytesMax
  return recalled.filter(({ scope, text }) => {
    const bytes = scope === "session" ? 0 : jsonBytes(text)
    if (bytes > left) return false
    left -= bytes
    return true
  })
}

const knownOf = (memories: Memories, shared: ReadonlyArray<CommittedMemory>): ReadonlyArray<Known> => {
  const { committed: own, reflection } = madeOf(memories)
  const committed = (all: ReadonlyArray<CommittedMemory>): ReadonlyArray<Known> =>
    all.toReversed().map(({ entries, memoryId, scope }) => ({ memoryId, scope, text: textOf(entries) }))
  const nearest = (["agent", "user", "org"] as const).flatMap((scope) =>
    committed(shared.filter((each) => each.scope === scope))
  )
  const observed = [...memories.observations, ...(reflection === undefined ? [] : [reflection])].toReversed()
  return [
    ...committed(own),
    ...nearest,
    ...observed.map(({ memoryId, text }): Known => ({ memoryId, scope: "session", text }))
  ]
}

const fitting = (known: ReadonlyArray<Known>, tokensMax: number): ReadonlySet<Known> => {
  const chosen = new Set<Known>()
  let left = tokensMax
  for (const each of known) {
    if (tokensOf(each) > left) continue
    left -= tokensOf(each)
    chosen.add(each)
  }
  return chosen
}

const retrieved = (recalled: ReadonlyArray<Recalled>): MemoryKindOf<"MemoryRetrieved"> => ({
  type: "MemoryRetrieved",
  source: [...new Set(recalled.map(({ scope }) => scope))].toSorted().join("+"),
  memoryIds: recalled.map(({ memoryId }) => memoryId),
  tokens: recalled.reduce((sum, { tokens }) => sum + tokens, 0),
  // The texts of the session's own memories are in its journal already; the projection fills them in.
  recalled: recalled.map(({ block, memoryId, scope, text }) => ({
    memoryId,
    scope,
    block,
    text: scope === "session" ? "" : text
  }))
})
