/** Every example in a doc comment, in README.md and in docs compiles. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readTree } from "./architecture/source.js"
import { type Block, blocksOf, matchesOutput } from "../scripts/blocks.mjs"
import { typeCheck } from "./docs/snippets.js"

const root = fileURLToPath(new URL("..", import.meta.url))

const pages = (): ReadonlyArray<string> => [
  "README.md",
  ...readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`)
    .toSorted()
]

const marked = (code: string): string => `# Title\n\n\`\`\`ts\n${code}\n\`\`\`\n`

describe("the examples", () => {
  it("the examples in doc comments, README.md and docs type-check against the sources", { timeout: 180_000 }, () => {
    assert.isTrue(existsSync(`${root}/README.md`), "README.md is missing")
    const snippets: ReadonlyArray<Block> = [
      ...pages().flatMap((page) => blocksOf(page, readFileSync(`${root}/${page}`, "utf8"))),
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
