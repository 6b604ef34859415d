import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import {
  type BlockKind,
  blockKinds,
  blockRules,
  compileBlocks,
  type ContributedBlock,
  contextRoom,
  isTooSmall
} from "../../../src/machines/context/compile.js"
import { estimateTokens } from "../../../src/layers/aios/index.js"

const words = (tokens: number): string => "abc ".repeat(tokens).trim()
const compiled = (
  texts: { readonly [K in BlockKind]?: string },
  window = 200_000,
  contributed: ReadonlyArray<ContributedBlock> = []
) => {
  const result = compileBlocks(texts, window, contributed)
  if (isTooSmall(result)) return assert.fail(`too small: ${JSON.stringify(result)}`)
  return result
}
const texts = Object.fromEntries(blockKinds.map((kind) => [kind, `${kind} says this.`]))

describe("a compiled context", () => {
  it("a compiled context has its blocks in one order, and leaves the objective to the conversation", () => {
    const reversed = Object.fromEntries(Object.entries(texts).toReversed())
    assert.strictEqual(compiled(texts).system, "Persona says this.\n\nRules says this.\n\nWorkspace says this.")
    assert.deepStrictEqual(compiled(reversed), compiled(texts))
    assert.strictEqual(compiled({ Persona: "I", Rules: "  " }).system, "I")
  })

  it("a compiled context keeps each block within its own budget and marks the cut", () => {
    const { cut, dropped, system } = compiled({ Persona: "I am.", Rules: words(6_000), Workspace: words(5_000) })
    assert.deepStrictEqual(cut, ["Rules"])
    assert.deepStrictEqual(dropped, [])
    assert.include(system, "[cut here]")
    assert.isAtMost(estimateTokens(system.length), 10_010)
  })

  it("a compiled context gives up whole blocks by priority, but never Persona or the objective", () => {
    const full = Object.fromEntries(blockKinds.map((kind) => [kind, `${kind} ${words(blockRules[kind].tokensMax)}`]))
    assert.deepStrictEqual(compiled(full).dropped, [], "the budgets of all blocks fit together")
    const known = { rule: "memory:remembered", text: words(8_000), tokens: 8_000, priority: 160 }
    const found = { rule: "memory:retrieved", text: words(6_000), tokens: 6_000, priority: 120 }
    const dropped = (windowTokens: number) => compiled(full, windowTokens, [known, found]).dropped
    assert.deepStrictEqual(dropped(100_000), [], "nor do those of memory not fit")
    assert.deepStrictEqual(dropped(40_000), ["Workspace", "memory:retrieved"])
    assert.deepStrictEqual(dropped(8_000), ["Workspace", "memory:retrieved", "memory:remembered", "Rules"])
    const { system } = compiled(full, 8_000)
    assert.isTrue(system.startsWith("Persona"))
    assert.include(system, "[There was no room for: Rules]")
  })

  it("a compiled context keeps the head of rules that are longer than the room, and drops other blocks", () => {
    const rules = `Look before you change anything. ${words(2_300)}`
    const { cut, dropped, system, tokens } = compiled({ Persona: "I am.", Rules: rules, Workspace: "Here." }, 4_096)
    assert.include(system, "Look before you change anything.")
    assert.deepStrictEqual(cut, ["Rules"])
    assert.deepStrictEqual(dropped, ["Workspace"])
    assert.isAtMost(tokens, contextRoom(4_096))
  })

  it("a context cannot be compiled for a window that does not hold Persona and the objective", () => {
    const result = compileBlocks({ Persona: words(60), Task: words(60), Rules: words(900) }, 100)
    assert.deepStrictEqual(result, { personaTokens: 60, taskTokens: 60 })
    assert.isFalse(isTooSmall(compileBlocks({ Persona: words(60), Task: words(40) }, 100)))
  })

  it("a compiled context always fits, and the same blocks give the same text", () => {
    const block = fc.option(
      fc.string({ unit: "grapheme", maxLength: 3_000 }).map((text) => text.repeat(12)),
      {
        nil: undefined
      }
    )
    const blocks = fc.record(Object.fromEntries(blockKinds.map((kind) => [kind, block])))
    fc.assert(
      fc.property(blocks, fc.integer({ min: 500, max: 60_000 }), (given, window) => {
        const result = compileBlocks(given, window)
        assert.deepStrictEqual(compileBlocks(given, window), result)
        if (isTooSmall(result)) return
        const kept = (kind: BlockKind) =>
          Math.min(estimateTokens((given[kind] ?? "").length), blockRules[kind].tokensMax)
        assert.isAtMost(result.tokens, Math.max(contextRoom(window), kept("Persona") + kept("Task")))
        assert.isFalse(result.dropped.includes("Persona") || result.dropped.includes("Task"))
      }),
      { numRuns: 50 }
    )
  })
})
