import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { cutText, excerpt } from "../../../src/layers/aios/index.js"

const graphemes = (text: string): ReadonlyArray<string> =>
  [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map(({ segment }) => segment)

// Texts that are hard to cut: pairs, combining marks, flags, families, and words without blanks.
const hard = fc
  .array(fc.constantFrom("👩‍👩‍👧‍👦", "🇩🇪", "e\u0301", "漢字", "नमस्ते", "word ", "\r\n", "𝒳", "x", " "), {
    maxLength: 400
  })
  .map((parts) => parts.join(""))

describe("text that is cut", () => {
  it("a text that is cut ends between words where there are any", () => {
    assert.strictEqual(cutText("the quick brown fox", 12), "the quick")
    assert.strictEqual(cutText("the quick brown fox", 100), "the quick brown fox")
    assert.strictEqual(cutText("x".repeat(5_000), 1_000), "x".repeat(1_000))
    assert.strictEqual(cutText("anything", 0), "")
  })

  it("a text is never cut inside a character", () => {
    fc.assert(
      fc.property(hard, fc.nat(2_000), (text, max) => {
        const cut = cutText(text, max)
        assert.isAtMost(cut.length, Math.max(max, 0))
        assert.isTrue(text.startsWith(cut))
        assert.isFalse(/\p{Surrogate}/u.test(cut))
        const whole = graphemes(text)
        const kept = graphemes(cut)
        assert.deepStrictEqual(kept, whole.slice(0, kept.length))
      })
    )
  })

  it("a text that is cut says how much is missing", () => {
    assert.strictEqual(excerpt("short", 10), "short")
    assert.strictEqual(excerpt("some words here", 10), "some words\n[5 of 15 characters left out]")
  })
})
