/**
 * Installs the packed package into a project of its own and uses it as the README says.
 *
 *   node scripts/consumer.mjs [npm|pnpm|yarn]
 *
 * The binding of SQLite is copied from this checkout, because compiling it takes minutes where no prebuilt one can be
 * downloaded. Both run under the same version of Node.
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { pack } from "./pack.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const bytesMax = 175e6

const installers = {
  npm: (packages) => ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...packages],
  pnpm: (packages) => ["npx", "--yes", "pnpm@10", "add", "--ignore-scripts", ...packages],
  yarn: (packages) => ["npx", "--yes", "yarn@1", "add", "--ignore-scripts", ...packages]
}

const manager = process.argv[2] ?? "npm"
assert.ok(manager in installers, `choose one of ${Object.keys(installers).join(", ")}`)

const project = mkdtempSync(join(tmpdir(), "life-consumer-"))
const env = { ...process.env }
delete env.ANTHROPIC_API_KEY

const run = (command, arguments_, status = 0) => {
  console.log(`$ ${command} ${arguments_.join(" ")}`)
  const ended = spawnSync(command, arguments_, { cwd: project, encoding: "utf8", env, timeout: 300_000 })
  const output = `${ended.stdout}${ended.stderr}`
  assert.equal(ended.status, status, `ended with ${ended.error?.message ?? ended.status}:\n${output}`)
  return output
}

const bytesOf = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)

const bindingFrom = (from) => join(dirname(createRequire(from).resolve("better-sqlite3/package.json")), "build")

try {
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const [command, ...arguments_] = installers[manager]([pack(project), "effect@3", "@effect/platform", "xstate@5"])
  run(command, arguments_)
  const installed = realpathSync(join(project, "node_modules/life-agent-os"))
  const sqlite = realpathSync(createRequire(join(installed, "package.json")).resolve("@effect/sql-sqlite-node"))
  cpSync(
    bindingFrom(realpathSync(createRequire(join(root, "package.json")).resolve("@effect/sql-sqlite-node"))),
    bindingFrom(sqlite),
    {
      recursive: true
    }
  )
  const bytes = bytesOf(join(project, "node_modules"))
  console.log(`${Math.round(bytes / 1e6)} MB in node_modules`)
  assert.ok(bytes <= bytesMax, `an installation has ${bytes} bytes; the limit is ${bytesMax}`)

  const readme = readFileSync(join(installed, "README.md"), "utf8")
  const [, program] = /## In your program[^]*?```ts\n([^]*?)```/.exec(readme) ?? []
  for (const [, link] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    assert.ok(existsSync(join(installed, link)), `the README links to ${link}, and the package does not hold it`)
  }
  writeFileSync(join(project, "program.ts"), program)
  const options = { strict: true, target: "ES2022", types: ["node"], typeRoots: [join(root, "node_modules/@types")] }
  for (const [module, moduleResolution, noEmit] of [
    ["ESNext", "Bundler", true],
    ["NodeNext", "NodeNext", false]
  ]) {
    const compilerOptions = { ...options, skipLibCheck: true, module, moduleResolution, noEmit }
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["program.ts"] }))
    run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project])
  }
  for (const time of ["first", "second"]) {
    assert.match(run(process.execPath, ["program.js"]), /completed: /, `the ${time} run of the README's program`)
    assert.ok(existsSync(join(project, "life-report.md")), `the ${time} run has written no report`)
  }

  const life = join(installed, "dist/cli/main.js")
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
  assert.match(run(process.execPath, [life, "--version"]), new RegExp(version.replaceAll(".", "\\.")))
  // openai is an optional peer, and not installed here.
  assert.match(
    run(process.execPath, [life, "run", "Hello", "--provider", "ollama", "--data-dir", join(project, "data")], 1),
    /The package openai is not installed; run `npm install openai@6`/
  )
} finally {
  rmSync(project, { recursive: true, force: true })
}
