/** The check of one folder, as a command in a small project of its own. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))
const project = mkdtempSync(join(tmpdir(), "life-check-"))
afterAll(() => rmSync(project, { recursive: true, force: true }))

for (const file of [".oxlintrc.json", "biome.json", "tsconfig.json", "vitest.config.ts", "scripts/lint"]) {
  cpSync(join(root, file), join(project, file), { recursive: true })
}
symlinkSync(join(root, "node_modules"), join(project, "node_modules"))
writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module" }))

const good = "export const greeting = (name: string): string => `hello ${name}`\n"
const test = `import { expect, it } from "vitest"
import { greeting } from "../../src/FOLDER/hello.js"

it("greets", () => {
  expect(greeting("you")).toBe("hello you")
})
`

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(project, path)), { recursive: true })
  writeFileSync(join(project, path), text)
}

const folder = (name: string, source: string, tests = test) => {
  write(`src/${name}/hello.ts`, source)
  write(`test/${name}/hello.test.ts`, tests.replace("FOLDER", name))
}

/** Exit code, and the printed text. */
const check = (...args: ReadonlyArray<string>): Promise<{ readonly code: unknown; readonly printed: string }> =>
  new Promise((resolve) => {
    const command = ["--import", "tsx", join(root, "scripts/check.ts"), ...args]
    execFile(process.execPath, command, { cwd: project }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, printed: stdout + stderr })
    )
  })

describe("the check of one folder", { timeout: 120_000 }, () => {
  it("the check of a folder prints seconds, and runs the tests of the folder around one without its own", async () => {
    folder("fine", good)
    write("src/fine/inner/hello.ts", good)
    folder("other", "export const greeting: number = `no number`\n")
    const { code, printed } = await check("src/fine/inner/")
    assert.strictEqual(code, 0, printed)
    const steps = [...printed.matchAll(/^ok +(\S+) +\d+\.\d s/gm)].map(([, step]) => step)
    assert.sameMembers(steps, ["lint", "format", "types", "diagnostics", "tests"])
    assert.match(printed, /^src\/fine\/inner, test\/fine\n[^]*1 passed[^]*\nsrc\/fine\/inner passes\n$/)
  })

  it("the check of a folder fails by lint, test, or type where there is no test, and names the steps", async () => {
    folder("lint", good.replace("export", "console.log(1)\nexport"))
    folder("tests", good.replace("hello", "bye"))
    write("src/types/hello.ts", `${good}export const one: number = greeting("one")\n`)
    const [lint, tests, types] = await Promise.all([check("lint"), check("tests"), check("types")])
    assert.deepStrictEqual([lint.code, tests.code, types.code], [1, 1, 1])
    assert.match(lint.printed, /no-console[^]*\nsrc\/lint fails: lint\n$/)
    assert.match(tests.printed, /hello you[^]*\nsrc\/tests fails: tests\n$/)
    assert.include(types.printed, "TS2322")
    assert.match(types.printed, /there are no tests[^]*\nsrc\/types fails: types, (diagnostics, )?tests\n$/)
  })

  it("the check of a folder suggests one for a mistyped one, and asks which of two is meant", async () => {
    write("src/layers/journal/a.ts", "")
    write("src/actors/agent/a.ts", "")
    write("src/machines/agent/a.ts", "")
    const [typo, twice, many] = await Promise.all([check("jornal"), check("agent"), check("actors", "machines")])
    assert.deepStrictEqual([typo.code, twice.code, many.code], [2, 2, 2])
    assert.include(typo.printed, "did you mean journal?")
    assert.include(twice.printed, "actors/agent or machines/agent")
    assert.include(many.printed, "usage: npm run check")
  })
})
