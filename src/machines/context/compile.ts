/**
 * The context compiler: turns the persona, the rules, the workspace and contributed blocks into one bounded system
 * prompt.
 *
 * The blocks stand in a fixed order, each within its own budget, and the same blocks always give the same text. The
 * objective is a block as well: it opens the conversation, so the prompt does not repeat it, but room is kept for it.
 *
 * @since 0.1.0
 */
import { cutText, estimateTokens, Limits } from "../../layers/aios/index.js"

/**
 * The kinds of blocks, in the order in which they stand in a prompt.
 *
 * @since 0.1.0
 * @category constants
 */
export const blockKinds = ["Persona", "Rules", "Workspace", "Task"] as const

/**
 * @since 0.1.0
 * @category models
 */
export type BlockKind = (typeof blockKinds)[number]

/**
 * Budget of each kind in tokens, and its priority. If the blocks do not all fit, the block with the lowest priority is
 * dropped first. Persona and Task are never dropped.
 *
 * @since 0.1.0
 * @category constants
 */
export const blockRules: { readonly [K in BlockKind]: { readonly tokensMax: number; readonly priority: number } } = {
  Persona: { tokensMax: Limits.personaTokensMax, priority: 255 },
  Rules: { tokensMax: Limits.rulesTokensMax, priority: 200 },
  Workspace: { tokensMax: Limits.workspaceTokensMax, priority: 80 },
  Task: { tokensMax: Limits.taskTokensMax, priority: 255 }
}

/**
 * A block that a subsystem contributes. If the block does not fit, the prompt names its `rule` instead.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContributedBlock {
  readonly rule: string
  readonly text: string
  /** Tokens of the text, as an estimate. */
  readonly tokens: number
  readonly priority: number
}

/**
 * A compiled context. `system` is the prompt. `dropped` are the blocks that did not fit. `cut` are the blocks that were
 * cut to their beginning.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompiledContext {
  readonly system: string
  /** The estimate for the prompt and the objective. */
  readonly tokens: number
  readonly dropped: ReadonlyArray<string>
  readonly cut: ReadonlyArray<BlockKind>
}

/**
 * Failure of a compilation: Persona and Task alone do not fit.
 *
 * @since 0.1.0
 * @category models
 */
export interface ContextTooSmall {
  readonly personaTokens: number
  readonly taskTokens: number
}

/**
 * The room for a compiled context in a context window, in estimated tokens.
 *
 * @since 0.1.0
 * @category getters
 */
export const contextRoom = (windowTokens: number): number =>
  Math.min(Limits.contextTokensMax, Math.floor(windowTokens * Limits.contextShareMax))

/**
 * Compiles blocks for a context window. Contributed blocks come after the others, in their order. All token counts are
 * estimates.
 *
 * @since 0.1.0
 * @category combinators
 */
export const compileBlocks = (
  texts: { readonly [K in BlockKind]?: string | undefined },
  windowTokens: number,
  contributed: ReadonlyArray<ContributedBlock> = []
): CompiledContext | ContextTooSmall => {
  const cut: Array<BlockKind> = []
  const blocks = blockKinds.flatMap((kind) => {
    const whole = texts[kind]?.trim() ?? ""
    if (whole === "") return []
    const text = cutText(whole, blockRules[kind].tokensMax * 4)
    if (text.length < whole.length) cut.push(kind)
    return [
      { kind, text: text.length < whole.length ? `${text}\n[cut here]` : text, tokens: estimateTokens(text.length) }
    ]
  })
  const tokensOf = (kind: BlockKind) => blocks.find((block) => block.kind === kind)?.tokens ?? 0
  const personaTokens = tokensOf("Persona")
  const taskTokens = tokensOf("Task")
  if (personaTokens + taskTokens > windowTokens) return { personaTokens, taskTokens }

  const dropped = new Set<string>()
  const room = contextRoom(windowTokens)
  const rules = blocks.find(({ kind }) => kind === "Rules")
  const rulesRoom = room - personaTokens - taskTokens
  if (rules !== undefined && rules.tokens > rulesRoom && rulesRoom >= rulesTokensMin) {
    // The head of the rules holds for every agent and matters more than any other block, so the rules are cut and kept.
    rules.text = `${cutText(rules.text, rulesRoom * 4)}\n[cut here]`
    rules.tokens = rulesRoom
    cut.push("Rules")
  }
  const all = [
    ...blocks.map(({ kind, ...block }) => ({ name: kind as string, priority: blockRules[kind].priority, ...block })),
    ...contributed.map(({ rule, ...block }) => ({ name: rule, ...block }))
  ]
  let tokens = all.reduce((sum, block) => sum + block.tokens, 0)
  for (const { name, tokens: freed } of all.toSorted((a, b) => a.priority - b.priority)) {
    if (tokens <= room || name === "Persona" || name === "Task") continue
    dropped.add(name)
    tokens -= freed
  }
  const shown = all.filter(({ name }) => name !== "Task" && !dropped.has(name)).map(({ text }) => text)
  const missing = [...dropped].map((kind) => `[There was no room for: ${kind}]`)
  return { system: [...shown, ...missing].join("\n\n"), tokens, dropped: [...dropped], cut }
}

// The rules for every agent have about 130 tokens.
const rulesTokensMin = 150

/**
 * Tells if the compilation failed.
 *
 * @since 0.1.0
 * @category refinements
 */
export const isTooSmall = (result: CompiledContext | ContextTooSmall): result is ContextTooSmall =>
  !("system" in result)
