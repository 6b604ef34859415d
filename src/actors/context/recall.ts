/**
 * What of all that is known goes into the contexts of a run.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  type CommittedMemory,
  Limits,
  type MemoryScope,
  rankMemories,
  type RecalledMemory
} from "../../layers/aios/index.js"
import { estimateTokens, textOf } from "../../machines/index.js"

interface Known {
  readonly memoryId: string
  readonly scope: MemoryScope
  readonly text: string
}

// A dash, a scope and an id stand around each text.
const aroundTokens = 12

const tokensOf = ({ text }: Known): number => estimateTokens(text.length) + aroundTokens

/**
 * Chooses what is recalled for an objective: what was committed comes first, nearest scope first, then what the session
 * has observed, all of it the newest first, as far as the Memory block has room; of what is left over, what fits the
 * objective best goes into the Retrieval block.
 */
export const recall = (
  state: AgentState,
  shared: ReadonlyArray<CommittedMemory>,
  objective: string
): ReadonlyArray<RecalledMemory & { readonly tokens: number }> => {
  const known = knownTo(state, shared)
  const memory = fitting(known, Limits.memoryTokensMax)
  const rest = known.filter((each) => !memory.has(each)).toReversed()
  const retrieval = fitting(
    rankMemories(objective, rest, ({ text }) => text),
    Limits.retrievalTokensMax
  )
  const inBlock = (block: RecalledMemory["block"], chosen: ReadonlySet<Known>) =>
    [...chosen].map((each) => ({ ...each, block, tokens: tokensOf(each) }))
  return [...inBlock("Memory", memory), ...inBlock("Retrieval", retrieval)]
}

const knownTo = ({ memories, memory }: AgentState, shared: ReadonlyArray<CommittedMemory>): ReadonlyArray<Known> => {
  const committed = (all: ReadonlyArray<CommittedMemory>): ReadonlyArray<Known> =>
    all.toReversed().map(({ entries, memoryId, scope }) => ({ memoryId, scope, text: textOf(entries) }))
  const nearest = (["agent", "user", "org"] as const).flatMap((scope) =>
    committed(shared.filter((each) => each.scope === scope))
  )
  const reflections = memory?.reflection === undefined ? [] : [memory.reflection]
  const own = [...memories, ...reflections].toReversed()
  return [
    ...committed(memory?.committed ?? []),
    ...nearest,
    ...own.map(({ memoryId, text }): Known => ({ memoryId, scope: "session", text }))
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
