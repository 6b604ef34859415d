/** The rules of the house, checked on every file of src. CONTRIBUTING.md explains them. */
import { assert, describe, it } from "@effect/vitest"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { adapters } from "../scripts/lint/determinism.mjs"
import { eventTypes } from "../src/layers/aios/index.js"
import manifest from "../package.json" with { type: "json" }
import * as root from "../src/index.js"
import { undocumented } from "./architecture/exports.js"
import * as Rules from "./architecture/rules.js"
import { readTree } from "./architecture/source.js"

const repository = fileURLToPath(new URL("..", import.meta.url))
const sources = readTree(repository, "src")
const byPath = new Map(sources.map((source) => [source.path, source]))

const none = (findings: Rules.Findings) => assert.strictEqual(findings.join("\n"), "")

const long = sources.filter((source) => Rules.linesOf(source) > Rules.linesWarn)
if (long.length > 0) console.warn(long.map((source) => `${source.path}: ${Rules.linesOf(source)} lines`).join("\n"))

const chain = Rules.longestChain(sources.filter(({ path }) => /^src\/actors\/(?!index)/.test(path)))
console.log(`longest import chain of src/actors, ${chain.length} files: ${chain.join(" -> ")}`)

describe("the house", () => {
  it("the house has sources to check", () => {
    assert.isAbove(sources.length, 15)
  })

  const rules: ReadonlyArray<readonly [behaviour: string, rule: Rules.Rule]> = [
    ["imports go down the floors only and end in .js", Rules.importDirection],
    ["a floor is imported through its face only", Rules.oneFace],
    [`no file has more than ${Rules.linesMax} lines`, Rules.fileSize],
    ["leaving the type system or the linter carries its reason", Rules.escapesHaveReasons],
    ["nothing is left for later", Rules.nothingLeftOver],
    ["only forms of Effect 3 that carry over to Effect 4 are used", Rules.portableEffect],
    ["every module says at its head what it is for", Rules.headComment],
    ["modes and phases are spelled out once", Rules.vocabularyOnce]
  ]
  for (const [behaviour, rule] of rules) {
    it(behaviour, () => none(sources.flatMap(rule)))
  }

  it("no files import each other in a circle, not even types", () => {
    none(Rules.circlesOf(sources).map((circle) => circle.join(" -> ")))
  })

  it("the tests of a subsystem use no other subsystem", () => {
    const foreign = Rules.foreignTests(readTree(repository, "test"))
    const excepted = Object.keys(Rules.foreignTestsAllowed)
    none(foreign.filter((line) => !excepted.some((path) => line.startsWith(`${path}:`))))
    none(excepted.filter((path) => !foreign.some((line) => line.startsWith(`${path}:`))))
  })

  it("every public export is documented with @since and @category", () => {
    const entries = ["src/index.ts", "src/simulation/index.ts"]
    const present = entries.filter((entry) => byPath.has(entry))
    assert.include(present, "src/index.ts")
    none(present.flatMap((entry) => undocumented(byPath, entry)))
  })

  it("every public module is a name at the root of the package and a subpath, and nothing else is", () => {
    const files = sources.flatMap(({ path }) => /^src\/([A-Z]\w*)\.ts$/.exec(path)?.[1] ?? [])
    const names = [...(byPath.get("src/index.ts")?.text ?? "").matchAll(/^export .* from "\.\/(\w+)\.js"$/gm)]
    assert.deepStrictEqual(
      names.map(([line]) => line),
      files.map((name) => `export ${name === "Limits" ? "{ Limits }" : `* as ${name}`} from "./${name}.js"`)
    )
    assert.deepStrictEqual(Object.keys(root).toSorted(), files.toSorted())
    const subpaths = Object.entries(manifest.exports).filter(([subpath]) => /^\.\/[A-Z]/.test(subpath))
    assert.deepStrictEqual(
      subpaths,
      files.map((name) => [`./${name}`, `./dist/${name}.js`])
    )
  })

  it("every kind of the taxonomy is made somewhere in src; Custom is for programs and their tools", () => {
    const made = sources.filter(({ path }) => !path.startsWith("src/layers/aios/")).map(({ text }) => text)
    const unmade = eventTypes.filter((type) => {
      const maker = new RegExp(`(?<!readonly )type: "${type}"`)
      return !made.some((text) => maker.test(text))
    })
    assert.deepStrictEqual(unmade, ["Custom"])
  })

  it("every exception named in a list is still needed", () => {
    for (const [path, { allows }] of Object.entries(adapters)) {
      const code = byPath.get(path)?.code ?? ""
      assert.notStrictEqual(code, "", `${path} is a named adapter but does not exist`)
      // "randomBytes of node:crypto" stands for an import; its first word is what the code says
      for (const name of allows) assert.include(code, name.replace(/ .*/, ""), `${path} does not use ${name}`)
    }
    for (const path of Object.keys({ ...Rules.unportableAllowed, ...Rules.deepImportsAllowed })) {
      assert.isTrue(existsSync(`${repository}/${path}`), `${path} is excepted but does not exist`)
    }
  })
})
