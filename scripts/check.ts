/**
 * Checks the project, or one folder of src with the tests that mirror it.
 *
 *   npm run check                everything, up to the first step that fails
 *   npm run check -- FOLDER      a folder of src, such as lago, layers/lago or src/actors/tick
 *
 * Exits with 0 when all steps pass, 1 when one fails, and 2 when there is no such folder.
 */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join, posix } from "node:path"
import { nearest } from "../src/layers/aios/schema/nearest.js"

interface Step {
  readonly name: string
  readonly run: () => Promise<Result>
}

interface Result {
  readonly ok: boolean
  readonly output: string
}

const root = process.cwd()

const start = (command: string, args: ReadonlyArray<string>, captured: boolean): Promise<Result> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: captured ? { ...process.env, NO_COLOR: "1", CI: "" } : process.env,
      stdio: captured ? ["ignore", "pipe", "pipe"] : "inherit",
      shell: process.platform === "win32"
    })
    let output = ""
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk))
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk))
    child.on("error", reject)
    child.on("close", (code) => resolve({ ok: code === 0, output }))
  })

const tool = (name: string, ...args: ReadonlyArray<string>): Promise<Result> =>
  start(join(root, "node_modules/.bin", name), args, true)

const timed = async ({ name, run }: Step): Promise<Result> => {
  const from = performance.now()
  const result = await run()
  const seconds = ((performance.now() - from) / 1_000).toFixed(1)
  const counts = /^ *Tests +(.*)$/m.exec(result.output)?.[1] ?? ""
  console.log(`${result.ok ? "ok    " : "FAILED"}  ${name.padEnd(12)} ${seconds.padStart(6)} s  ${counts}`.trimEnd())
  if (!result.ok && result.output !== "") console.log(result.output.trimEnd())
  return result
}

// Slow steps come last, so that a small mistake is reported before them.
const checkAll = async (): Promise<number> => {
  for (const name of ["lint", "format:check", "typecheck", "diagnostics", "test"]) {
    const { ok } = await timed({ name, run: () => start("npm", ["run", name], false) })
    if (!ok) return summary("the project", [name])
  }
  return summary("the project", [])
}

const summary = (what: string, failed: ReadonlyArray<string>): number => {
  console.log(failed.length === 0 ? `${what} passes` : `${what} fails: ${failed.join(", ")}`)
  return failed.length === 0 ? 0 : 1
}

const foldersIn = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => posix.relative(join(root, folder), posix.join(entry.parentPath, entry.name)))
    .toSorted()

/** The folder of src that was meant, or the sentence that says why there is none. */
const find = (typed: string): { readonly folder: string } | { readonly problem: string } => {
  const path = posix
    .normalize(typed)
    .replace(/^(src|test)\//, "")
    .replace(/\/$/, "")
  const folders = foldersIn("src")
  const found = folders.includes(path) ? [path] : folders.filter((folder) => folder.endsWith(`/${path}`))
  const [folder] = found
  if (folder !== undefined && found.length === 1) return { folder }
  if (folder !== undefined) return { problem: `"${typed}" may be ${found.join(" or ")}: write the whole path` }
  const near = nearest(path, [...folders, ...folders.map((name) => posix.basename(name))])
  const suggestion =
    near.length > 0 ? `did you mean ${near.join(" or ")}?` : `name one, such as ${folders.slice(0, 3).join(", ")}`
  return { problem: `src has no folder "${typed}"; ${suggestion}` }
}

/** The tests of a folder, or of the nearest folder around it that has some. */
const testsOf = (folder: string): ReadonlyArray<string> => {
  const tests = [`test/${folder}`, `test/${folder}.test.ts`].filter((path) => existsSync(join(root, path)))
  return tests.length > 0 || !folder.includes("/") ? tests : testsOf(posix.dirname(folder))
}

/** Writes a TypeScript project of these paths alone, and gives its folder. */
const projectOf = (paths: ReadonlyArray<string>): string => {
  const cache = join(root, "node_modules/.cache")
  mkdirSync(cache, { recursive: true })
  const project = mkdtempSync(join(cache, "check-"))
  const config = { extends: join(root, "tsconfig.json"), include: paths.map((path) => join(root, path)) }
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(config))
  return project
}

const checkFolder = async (folder: string): Promise<number> => {
  const source = `src/${folder}`
  const tests = testsOf(folder)
  const paths = [source, ...tests]
  const project = projectOf(paths)
  // A folder of its own TypeScript project, such as a page for browsers, is excluded from the project of the root.
  const projects = readdirSync(join(root, source), { recursive: true, encoding: "utf8" })
    .filter((file) => posix.basename(file) === "tsconfig.json")
    .map((file) => posix.dirname(join(root, source, file)))
  const types = async () => {
    const results = await Promise.all([project, ...projects].map((path) => tool("tsc", "-p", path, "--noEmit")))
    return { ok: results.every(({ ok }) => ok), output: results.map(({ output }) => output).join("") }
  }
  const diagnostics = () =>
    tool("effect-tsgo", "diagnostics", "--project", join(project, "tsconfig.json"), "--strict", "--format", "text")
  const test = () =>
    tests.length === 0
      ? Promise.resolve({ ok: false, output: `there are no tests: test/${folder} does not exist` })
      : tool("vitest", "run", ...tests.map((path) => (path.endsWith(".ts") ? path : `${path}/`)))
  const steps: ReadonlyArray<Step> = [
    { name: "lint", run: () => tool("oxlint", "--deny-warnings", ...paths) },
    { name: "format", run: () => tool("biome", "format", ...paths) },
    { name: "types", run: types },
    { name: "diagnostics", run: diagnostics },
    { name: "tests", run: test }
  ]
  console.log(paths.join(", "))
  try {
    const results = await Promise.all(steps.map(timed))
    return summary(
      source,
      steps.filter((_, index) => results[index]?.ok !== true).map(({ name }) => name)
    )
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

const [typed, ...others] = process.argv.slice(2)
if (typed === undefined) process.exitCode = await checkAll()
else {
  const found = others.length > 0 ? { problem: "usage: npm run check [-- FOLDER]" } : find(typed)
  if ("problem" in found) console.error(found.problem)
  process.exitCode = "problem" in found ? 2 : await checkFolder(found.folder)
}
