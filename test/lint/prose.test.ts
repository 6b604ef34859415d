/** The English of the Markdown pages, checked by the list of the lint. The linter checks comments and messages. */
import { assert, describe, it } from "@effect/vitest"
import { proseProblems } from "../../scripts/lint/prose.mjs"
import { pages, readPage, withoutCode } from "../docs/pages.js"
import { lint } from "./support.js"

describe("the English of the project", () => {
  for (const page of pages) {
    it(`${page} says who acts, and begins its sentences with nouns and verbs`, () => {
      const text = withoutCode(readPage(page))
      assert.deepStrictEqual(
        proseProblems(text).map(([index, problem]) => `line ${text.slice(0, index).split("\n").length}: ${problem}`),
        []
      )
    })
  }

  it("the linter checks comments, messages of src, test titles and names of files, and no input of a test", () => {
    const said = (path: string, code: string) => lint(path, code, /^("[^"]*" hides|.* is named by a participle)/)
    const code = [
      "/** Gives it to whoever asks. */",
      'export const message = "the call waits for somebody who answers"',
      'it("somebody answers the call", () => undefined)'
    ].join("\n")
    assert.deepStrictEqual(said("src/a.ts", code), ['1: "whoever" hides', '2: "somebody" hides', '3: "somebody" hides'])
    assert.deepStrictEqual(said("test/a.test.ts", code), ['1: "whoever" hides', '3: "somebody" hides'])
    assert.deepStrictEqual(said("src/asking.ts", "export const a = 1"), ["1: asking.ts is named by a participle"])
  })

  it("the list finds hidden actors, hidden defaults and openings, and no question and no continued sentence", () => {
    const found = (text: string) => proseProblems(text).map(([index]) => index)
    assert.deepStrictEqual(found("Gives it to whoever asks. Nobody waits."), [12, 26])
    assert.deepStrictEqual(found("The limit is 5 unless given."), [15])
    assert.deepStrictEqual(found("What it is.\nIt is fine. How it works: well."), [0, 24])
    assert.deepStrictEqual(found("What is it? It says\nwhat it is, and the caller learns\nWhether it holds."), [])
  })
})
