/** Ranking: what fits best comes first, and no text or query makes it long. */
import { assert, describe, it } from "@effect/vitest"
import { Memory } from "../../../../src/layers/lago/index.js"

const rank = (query: string, texts: ReadonlyArray<string>) => Memory.rankMemories(query, texts, (text) => text)

describe("memories by their words", () => {
  it("come by how well they fit, the later ones first where they fit alike, and not at all without a word in common", () => {
    const texts = ["the river is long", "a river, a river", "the report", "the river is wide"]
    assert.deepStrictEqual(rank("river", texts), ["a river, a river", "the river is wide", "the river is long"])
    assert.deepStrictEqual(rank("", texts), [])
    assert.deepStrictEqual(rank("lake", texts), [])
  })

  it("are looked through once for all words of a query", () => {
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
