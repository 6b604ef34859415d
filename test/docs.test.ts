/** Every example in a doc comment, in README.md and in docs compiles. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readTree } from "./architecture/source.js"
import { type Snippet, snippetsOf, typeCheck } from "./docs/snippets.js"

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
    const snippets: ReadonlyArray<Snippet> = [
      ...pages().flatMap((page) => snippetsOf(page, readFileSync(`${root}/${page}`, "utf8"))),
      ...readTree(root, "src").flatMap(({ path, text }) => snippetsOf(path, text))
    ]
    assert.isAbove(snippets.length, 2)
    assert.strictEqual(typeCheck(root, "life-docs", snippets).join("\n"), "")
  })

  it("every @example holds a block that is fenced as ts", () => {
    const unfenced = readTree(root, "src").flatMap(({ path, spans }) =>
      spans
        .filter(
          ({ kind, text }) => kind === "comment" && /@example\b/.test(text) && snippetsOf(path, text).length === 0
        )
        .map(({ text }) => `${path}: ${text.slice(0, 80)}`)
    )
    assert.strictEqual(unfenced.join("\n"), "")
  })

  it("the examples are found in Markdown and in doc comments with their lines", () => {
    assert.deepStrictEqual(snippetsOf("a.md", marked("const a = 1\n\nconst b = 2")), [
      { path: "a.md", line: 4, code: "const a = 1\n\nconst b = 2\n" }
    ])
    const comment = "/**\n * Does it.\n *\n * @example\n * ```ts\n * if (x) {\n *   y()\n *\n * }\n * ```\n */\n"
    assert.deepStrictEqual(snippetsOf("a.ts", comment), [{ path: "a.ts", line: 6, code: "if (x) {\n  y()\n\n}\n" }])
  })

  it("wrong examples are reported with file and line", { timeout: 180_000 }, () => {
    const findings = typeCheck(root, "life-docs-bad", snippetsOf("a.md", marked('export {}\nconst a: number = "one"')))
    assert.strictEqual(findings.length, 1)
    assert.match(findings[0] ?? "", /^a\.md:5: error TS2322/)
  })
})
