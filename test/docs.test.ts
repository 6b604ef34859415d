/** Every example in a doc comment, in README.md and in docs compiles. */
import { assert, describe, it } from "@effect/vitest"
import { fileURLToPath } from "node:url"
import { readTree } from "./architecture/source.js"
import { type Block, blocksOf, matchesOutput } from "../scripts/blocks.mjs"
import { brokenLinks } from "./docs/links.js"
import { pages, readPage } from "./docs/pages.js"
import { typeCheck } from "./docs/snippets.js"

const root = fileURLToPath(new URL("..", import.meta.url))

const marked = (code: string): string => `# Title\n\n\`\`\`ts\n${code}\n\`\`\`\n`

describe("the examples", () => {
  it("the examples in doc comments, README.md and docs type-check against the sources", { timeout: 180_000 }, () => {
    const snippets: ReadonlyArray<Block> = [
      // The block of bench/README.md is part of a file in bench.
      ...pages.filter((page) => page !== "bench/README.md").flatMap((page) => blocksOf(page, readPage(page))),
      ...readTree(root, "src").flatMap(({ path, text }) => blocksOf(path, text))
    ]
    assert.isAbove(snippets.length, 2)
    assert.strictEqual(typeCheck(root, "life-docs", snippets).join("\n"), "")
  })

  it("every @example holds a block that is fenced as ts", () => {
    const unfenced = readTree(root, "src").flatMap(({ path, spans }) =>
      spans
        .filter(({ kind, text }) => kind === "comment" && /@example\b/.test(text) && blocksOf(path, text).length === 0)
        .map(({ text }) => `${path}: ${text.slice(0, 80)}`)
    )
    assert.strictEqual(unfenced.join("\n"), "")
  })

  it("the examples are found in Markdown and in doc comments with their lines", () => {
    assert.deepStrictEqual(blocksOf("a.md", marked("const a = 1\n\nconst b = 2")), [
      { path: "a.md", line: 4, use: undefined, code: "const a = 1\n\nconst b = 2\n", output: undefined }
    ])
    const comment = "/**\n * Does it.\n *\n * @example\n * ```ts\n * if (x) {\n *   y()\n *\n * }\n * ```\n */\n"
    assert.deepStrictEqual(blocksOf("a.ts", comment), [
      { path: "a.ts", line: 6, use: undefined, code: "if (x) {\n  y()\n\n}\n", output: undefined }
    ])
  })

  it("a program in a page is found with what it prints, where `…` stands for any text", () => {
    const page = "```ts run\nrun()\n```\n\nprints\n\n```text\n1 of …\nend\n```\n\n```ts test\nit()\n```\n"
    const [program, test] = blocksOf("a.md", page)
    assert.deepStrictEqual([program?.use, program?.output, test?.use], ["run", "1 of …\nend\n", "test"])
    assert.isTrue(matchesOutput(program?.output ?? "", "1 of 3\nmany\nend"))
    assert.isFalse(matchesOutput(program?.output ?? "", "1 of 3\nends"))
    assert.isFalse(matchesOutput("a.c", "abc"))
  })

  it("wrong examples are reported with file and line", { timeout: 180_000 }, () => {
    const findings = typeCheck(root, "life-docs-bad", blocksOf("a.md", marked('export {}\nconst a: number = "one"')))
    assert.strictEqual(findings.length, 1)
    assert.match(findings[0] ?? "", /^a\.md:5: error TS2322/)
  })
})

describe("the links", () => {
  it("the links of every page lead to a file and a heading that exist", () => {
    assert.deepStrictEqual(
      pages.flatMap((page) => brokenLinks(root, page, readPage(page))),
      []
    )
  })

  it("a link to a file or a heading that does not exist is found, with its line", () => {
    const page =
      "# One two\n\n[a](#one-two) [b](#three)\n[c](gone.md) [d](../README.md#design) [e](../README.md#gone)\n"
    assert.deepStrictEqual(brokenLinks(root, "docs/a.md", page), [
      "docs/a.md:3: docs/a.md has no heading #three",
      "docs/a.md:4: there is no docs/gone.md",
      "docs/a.md:4: README.md has no heading #gone"
    ])
  })
})
