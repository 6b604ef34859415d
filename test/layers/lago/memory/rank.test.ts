/** Ranking: the best fit comes first, and no text or query makes it slow. */
import { assert, describe, it } from "@effect/vitest"
import { Memory } from "../../../../src/layers/lago/index.js"

const rank = (query: string, texts: ReadonlyArray<string>) => Memory.rankMemories(query, texts, (text) => text)

describe("memories by their words", () => {
  it("memories come by how well they fit, then the later ones, and not at all without a common word", () => {
    const texts = ["the river is long", "a river, a river", "the report", "the river is wide"]
    assert.deepStrictEqual(rank("river", texts), ["a river, a river", "the river is wide", "the river is long"])
    assert.deepStrictEqual(rank("", texts), [])
    assert.deepStrictEqual(rank("lake", texts), [])
  })

  it("memories are looked through once for all words of a query", () => {
    let looks = 0
    const texts = Array.from({ length: 50 }, (_, n) => `word${n} and more`)
    const query = Array.from({ length: 10_000 }, (_, n) => `word${n}`).join(" ")
    const found = Memory.rankMemories(query, texts, (text) => {
      looks++
      return text
    })
    assert.strictEqual(looks, 50)
    assert.lengthOf(found, 50)
  })
})
