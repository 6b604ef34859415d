/** Text that cannot control a terminal. */
import { assert, describe, it } from "@effect/vitest"
import * as FastCheck from "fast-check"
import { visible, visibleJson, visibleLine } from "../../../src/layers/aios/index.js"
import { hostile, isSafe } from "../../cli/hostile.js"

const seed = 20_260_101

describe("a visible text", () => {
  it("a visible text has no character that a terminal obeys or hides, for any text", () => {
    FastCheck.assert(
      FastCheck.property(hostile, (text) => {
        isSafe(visible(text), "visible")
        isSafe(visibleLine(text), "visibleLine")
        assert.notMatch(visibleLine(text), /[\n\t]/)
        assert.strictEqual(visible(visible(text)), visible(text))
        const json = visibleJson(JSON.stringify({ [text]: text }))
        isSafe(json, "visibleJson")
        assert.deepStrictEqual(JSON.parse(json), { [text]: text })
      }),
      { seed, numRuns: 5_000 }
    )
  })

  it("a visible text keeps letters of all scripts and whole emoji", () => {
    const text =
      "Grüße, 你好, שלום, नमस्ते ⚠️ 👩‍💻 1️⃣ ✅ \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}\n\tdone"
    assert.strictEqual(visible(text), text)
    assert.strictEqual(visible("👩‍"), "👩\\u{200d}")
    assert.strictEqual(visible("\ud83d!"), "\\u{d83d}!")
  })

  it("a visible text takes time in proportion to the text, for any text", () => {
    const length = 1_000_000
    for (const unit of ["\u001b", "\u{1f468}\u200d", "\u{1f1e6}", "1\ufe0f", "\u{1f3f4}\u{e0067}", "plain \u202e"]) {
      const text = unit.repeat(length / unit.length)
      const start = performance.now()
      visible(text)
      assert.isBelow(performance.now() - start, 5_000, JSON.stringify(unit))
    }
  })
})
