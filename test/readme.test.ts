/** The README and the pages on the code show what is, not what was. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { diagrams, machinePicture } from "../scripts/diagram.js"

const root = fileURLToPath(new URL("..", import.meta.url))
const read = (page: string): string => readFileSync(`${root}/${page}`, "utf8")

describe("the pages on the code", () => {
  for (const { diagram, now, page, shown } of diagrams()) {
    it(`${page} shows the ${diagram} machine as it is`, () => {
      assert.strictEqual(shown, now, "run `npm run diagram` to renew it")
    })
  }

  it("the inspector's page shows the agent machine as it is", async () => {
    const { now, shown } = await machinePicture()
    assert.strictEqual(shown, now, "run `npm run diagram` to renew it")
  })

  it("the pages on the code name only files and folders that exist", () => {
    const named = ["CONTRIBUTING.md", "docs/architecture.md", "docs/glossary.md"].map(
      (page) => [page, [...read(page).matchAll(/`((?:src|test|scripts|examples)\/[\w./-]*)`/g)]] as const
    )
    for (const [page, paths] of named) {
      for (const [, path = ""] of paths) assert.isTrue(existsSync(`${root}/${path}`), `${page} names ${path}`)
    }
    assert.isAbove(named.flatMap(([, paths]) => paths).length, 60)
  })

  it("the glossary gives its words in alphabetical order, each once", () => {
    const words = [...read("docs/glossary.md").matchAll(/^\| ([^|]+) \|/gm)].slice(2).map(([, word = ""]) => word)
    assert.isAbove(words.length, 60)
    assert.deepStrictEqual(words, [...new Set(words)].toSorted())
  })
})
