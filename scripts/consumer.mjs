/**
 * Installs the packed package into a project of its own, and compiles and runs what its README and its pages show.
 *
 *   node scripts/consumer.mjs [npm|pnpm|yarn] [--node VERSION]
 *
 * The binding of SQLite is copied, because compiling it takes minutes where no prebuilt one can be downloaded. With
 * another version of Node, which comes as an npm package, it is compiled once for this version.
 */
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import {
  cpSync,
  existsSync,
  mkdirSync,
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
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { blocksOf, matchesOutput } from "./blocks.mjs"
import { pack } from "./pack.mjs"

const root = fileURLToPath(new URL("..", import.meta.url))
const bytesMax = 175e6

const installers = {
  npm: ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"],
  pnpm: ["npx", "--yes", "pnpm@10", "add", "--ignore-scripts"],
  yarn: ["npx", "--yes", "yarn@1", "add", "--ignore-scripts"]
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { node: { type: "string" } } })
const [manager = "npm"] = positionals
assert.ok(manager in installers, `choose one of ${Object.keys(installers).join(", ")}`)

const env = { ...process.env }
delete env.ANTHROPIC_API_KEY

const run = (command, arguments_, { cwd = project, status = 0 } = {}) =>
  new Promise((resolve, reject) => {
    console.log(`$ ${command} ${arguments_.join(" ")}`)
    const child = spawn(command, arguments_, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: 600_000 })
    let output = ""
    let printed = ""
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text
      printed += text
    })
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text))
    child.on("error", reject)
    child.on("close", (code, signal) =>
      code === status
        ? resolve({ output, printed })
        : reject(new Error(`${command} ${arguments_.join(" ")} ended with ${code ?? signal}:\n${output}`))
    )
  })

const bytesOf = (path) =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { name, parentPath }) => sum + statSync(join(parentPath, name)).size, 0)

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
const versions = { ...manifest.dependencies, ...manifest.devDependencies }

const sqlitePath = (from) => dirname(createRequire(from).resolve("better-sqlite3/package.json"))

/** The binding of SQLite for a version of Node, and the programs of this version in front of PATH. */
const bindingFor = async (version) => {
  if (version === undefined) {
    return join(
      sqlitePath(realpathSync(createRequire(join(root, "package.json")).resolve("@effect/sql-sqlite-node"))),
      "build"
    )
  }
  const folder = join(root, `node_modules/.cache/node-${version}`)
  const name = `node-${process.platform}-${process.arch}`
  const node = join(folder, "node_modules", name)
  env.PATH = `${join(node, "bin")}${delimiter}${env.PATH}`
  if (!existsSync(join(folder, "node_modules/better-sqlite3/build/Release/better_sqlite3.node"))) {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }))
    const quiet = ["--no-audit", "--no-fund"]
    await run("npm", ["install", "--ignore-scripts", ...quiet, `${name}@${version}`], { cwd: folder })
    await run("npm", ["install", ...quiet, `--nodedir=${node}`, `better-sqlite3@${versions["better-sqlite3"]}`], {
      cwd: folder
    })
  }
  return join(folder, "node_modules/better-sqlite3/build")
}

/** Type-checks files as both kinds of projects do; the second one gives the JavaScript. */
const compile = async (files) => {
  const options = { strict: true, exactOptionalPropertyTypes: true, target: "ES2022", skipLibCheck: true }
  const types = { types: ["node"], typeRoots: [join(root, "node_modules/@types")] }
  for (const [module, moduleResolution, noEmit] of [
    ["ESNext", "Bundler", true],
    ["NodeNext", "NodeNext", false]
  ]) {
    const compilerOptions = { ...options, ...types, module, moduleResolution, noEmit }
    writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }))
    await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", project])
  }
}

/** The programs and tests of the pages, each in a file of the project. */
const writeBlocks = (installed) =>
  readdirSync(join(installed, "docs"))
    .filter((page) => page.endsWith(".md"))
    .flatMap((page) => blocksOf(`docs/${page}`, readFileSync(join(installed, "docs", page), "utf8")))
    .filter(({ use }) => use !== undefined)
    .map((block) => {
      const file = `${block.path.slice(5, -3)}-${block.line}${block.use === "test" ? ".test" : ""}.ts`
      writeFileSync(join(project, file), block.code)
      return { ...block, file }
    })

const importsOf = (code) => [...code.matchAll(/from "([^".][^"]*)"/g)].map(([, name]) => name)

/** The packages that blocks need besides those of the install line, in the versions that this checkout is tested with. */
const packagesOf = (blocks) => {
  const names = blocks
    .flatMap(({ code }) => importsOf(code))
    .map((name) =>
      name
        .split("/")
        .slice(0, name[0] === "@" ? 2 : 1)
        .join("/")
    )
  const given = ["life-agent-os", "effect", "@effect/platform", "xstate"]
  return [...new Set(names)]
    .filter((name) => !given.includes(name) && !name.startsWith("node:"))
    .map((name) => `${name}@${versions[name]}`)
}

const runBlock = async ({ file, line, output, path }) => {
  const { printed } = await run("node", [file.replace(/ts$/, "js")])
  if (output !== undefined) {
    assert.ok(matchesOutput(output, printed), `${path}:${line} prints something else than the page says:\n${printed}`)
  }
}

/** Two at a time, as this takes most of the time. */
const all = async (items, work) => {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all([worker(), worker()])
}

const project = mkdtempSync(join(tmpdir(), "life-consumer-"))
try {
  const binding = await bindingFor(values.node)
  console.log(`Node ${(await run("node", ["--version"])).printed.trim()}, ${manager}`)
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const [command, ...arguments_] = installers[manager]
  await run(command, [...arguments_, pack(project), "effect@3", "@effect/platform", "xstate@5"])
  const installed = realpathSync(join(project, "node_modules/life-agent-os"))
  const bytes = bytesOf(join(project, "node_modules"))
  console.log(`${Math.round(bytes / 1e6)} MB in node_modules`)
  assert.ok(bytes <= bytesMax, `an installation has ${bytes} bytes; the limit is ${bytesMax}`)

  const blocks = writeBlocks(installed)
  assert.ok(blocks.length > 7, `the pages have ${blocks.length} programs`)
  const packages = packagesOf(blocks)
  if (packages.length > 0) await run(command, [...arguments_, ...packages])
  const sqlite = sqlitePath(
    realpathSync(createRequire(join(installed, "package.json")).resolve("@effect/sql-sqlite-node"))
  )
  cpSync(binding, join(sqlite, "build"), { recursive: true })

  const readme = readFileSync(join(installed, "README.md"), "utf8")
  for (const [, link] of readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
    assert.ok(existsSync(join(installed, link)), `the README links to ${link}, and the package does not hold it`)
  }
  const program = blocksOf("README.md", readme).find(({ code }) => code.includes("Effect.runPromise("))
  writeFileSync(join(project, "program.ts"), program.code)
  writeFileSync(
    join(project, "modules.ts"),
    `import { Event } from "life-agent-os"
import * as Same from "life-agent-os/Event"
console.log(Event.decodeKind === Same.decodeKind)
// @ts-expect-error -- the folders of the package are not public
await import("life-agent-os/layers/aios/index").catch((error: { code: string }) => console.log(error.code))
`
  )
  await compile(["program.ts", "modules.ts", ...blocks.map(({ file }) => file)])

  const bundled = ["program.js", "--bundle", "--platform=node", "--format=esm", "--external:better-sqlite3"]
  await run(join(root, "node_modules/.bin/esbuild"), [...bundled, "--outfile=bundle.mjs", "--log-level=error"])

  for (const time of ["first", "second"]) {
    const { printed } = await run("node", ["program.js"])
    assert.match(printed, /completed: /, `the ${time} run of the README's program`)
    assert.ok(existsSync(join(project, "life-report.md")), `the ${time} run has written no report`)
  }
  assert.equal((await run("node", ["modules.js"])).printed, "true\nERR_PACKAGE_PATH_NOT_EXPORTED\n")
  await all(
    blocks.filter(({ use }) => use === "run"),
    runBlock
  )
  const tests = blocks.filter(({ use }) => use === "test").map(({ file }) => file)
  if (tests.length > 0) await run("node", [join(project, "node_modules/vitest/vitest.mjs"), "run", ...tests])

  const life = join(installed, "dist/cli/main.js")
  assert.match((await run("node", [life, "--version"])).printed, new RegExp(manifest.version.replaceAll(".", "\\.")))
  // openai is an optional peer, and not installed here.
  const asked = [life, "run", "Hello", "--provider", "ollama", "--data-dir", join(project, "data")]
  assert.match(
    (await run("node", asked, { status: 1 })).output,
    /The package openai is not installed; run `npm install openai@6`/
  )
} finally {
  rmSync(project, { recursive: true, force: true })
}
