/** The scanner behind the architecture rules, on the snippets that fool simple ones. */
import { assert, describe, it } from "@effect/vitest"
import { declarationsOf, importsOf, scan } from "./source.js"

const parts = (text: string, kind: "comment" | "string") =>
  scan("src/x.ts", text)
    .spans.filter((span) => span.kind === kind)
    .map((span) => span.text)

describe("scan", () => {
  it("scan keeps positions: code has the length and the line breaks of the text", () => {
    const text = 'const a = "x\\"y" // tail\n/* two\nlines */ const b = `p${a + `q${b}` + { c: 1 }.c}r`\n'
    const { code } = scan("src/x.ts", text)
    assert.strictEqual(code.length, text.length)
    assert.strictEqual(code.split("\n").length, text.split("\n").length)
    assert.include(code, "a + `")
    assert.include(code, "{ c: 1 }.c}")
    assert.notInclude(code, "tail")
  })

  it("scan takes comment marks inside strings, templates and regular expressions for text", () => {
    assert.deepStrictEqual(parts('const a = "// no"; const b = `/* no */ ${1 /* yes */}`', "comment"), ["/* yes */"])
    assert.deepStrictEqual(parts("const r = /[/*]\\/\\//.test(x) // yes", "comment"), ["// yes"])
  })

  it("scan tells a division from a regular expression", () => {
    assert.deepStrictEqual(parts("const a = b / c / d; const e = f(/g/)", "string"), ["/g/"])
  })

  it("scan reads quotes inside quotes and comments", () => {
    assert.deepStrictEqual(parts("const a = 'it\"s' // don't\nconst b = \"x\"", "string"), ["'it\"s'", '"x"'])
  })
})

describe("importsOf", () => {
  it("importsOf finds static, type, re-exported, bare and dynamic imports, and no other string", () => {
    const text = [
      'import { a } from "./a.js"',
      "import type {",
      "  B",
      "} from '../b.js'",
      'export * from "./c.js"',
      'import "./d.js"',
      'const e = () => import("./e.js")',
      'const f = "from" + "./f.js" // from "./g.js"'
    ].join("\n")
    assert.deepStrictEqual(
      importsOf(scan("src/x.ts", text)).map(({ specifier, line }) => `${line} ${specifier}`),
      ["1 ./a.js", "4 ../b.js", "5 ./c.js", "6 ./d.js", "7 ./e.js"]
    )
  })

  it("importsOf gives each name the statement in front of it", () => {
    const text = 'import { a } from "x"\nimport type { B } from "y"\nconst c = import("z")\n'
    assert.deepStrictEqual(
      importsOf(scan("src/x.ts", text)).map(({ clause }) => clause),
      ["import { a } from", "import type { B } from", "import("]
    )
  })
})

describe("declarationsOf", () => {
  it("declarationsOf gives a doc comment to the declaration directly behind it only", () => {
    const text =
      '/** Head. */\nimport "x"\n\n/** A. */\nexport const a = 1\nconst b = 2\n// no doc\nexport type C = 3\n'
    assert.deepStrictEqual(
      declarationsOf(scan("src/x.ts", text)).map(({ name, exported, doc }) => [name, exported, doc]),
      [
        ["a", true, "/** A. */"],
        ["b", false, undefined],
        ["C", true, undefined]
      ]
    )
  })
})
