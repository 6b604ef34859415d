/** Runs every benchmark of this folder one after the other and prints one table of all figures. */
import { spawnSync } from "node:child_process"
import { readdirSync, statfsSync } from "node:fs"
import { cpus, totalmem } from "node:os"
import { fileURLToPath } from "node:url"
import { benchRoot, type Figure, quick, table } from "./harness.js"
import { build } from "./support/build.js"

// statfs(2) magic numbers; a file system in memory makes every durable figure meaningless
const fileSystems = new Map([
  [0xef53, "ext4"],
  [0x01021994, "tmpfs (memory: durable figures mean nothing)"],
  [0x794c7630, "overlayfs"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"]
])

const fileSystemOf = (directory: string): string => {
  const { type } = statfsSync(directory)
  return fileSystems.get(type) ?? `type 0x${type.toString(16)}`
}

const here = fileURLToPath(new URL(".", import.meta.url))
const given = process.argv.slice(2)
const flags = given.filter((argument) => argument.startsWith("--"))
const wanted = given.filter((argument) => !argument.startsWith("--"))
const shared = new Set(["harness.ts", "run.ts"])
const files = readdirSync(here)
  .filter((file) => file.endsWith(".ts") && !shared.has(file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .toSorted()

const [cpu] = cpus()
console.log(`cores ${cpus().length} (${cpu?.model.trim()}), memory ${Math.round(totalmem() / 2 ** 30)} GiB`)
console.log(`Node ${process.version}, ${process.platform} ${process.arch}`)
if (quick) console.log("one short round each: the figures mean nothing")
console.log(`files in ${benchRoot()}: ${fileSystemOf(benchRoot())}`)

const compiled = build()
const failed: Array<string> = []
const figures = files.flatMap((file): Array<Figure> => {
  process.stdout.write(`${file}: `)
  const startedAt = performance.now()
  // Compiled, as users run it: a TypeScript loader would slow every function that is made.
  const run = spawnSync(process.execPath, ["--expose-gc", compiled(`bench/${file}`), "--json", ...flags], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    maxBuffer: 16 * 2 ** 20,
    timeout: 45 * 60_000
  })
  const lines = run.stdout.split("\n").filter((line) => line.startsWith("{"))
  console.log(`${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
  if (run.status !== 0 || lines.length === 0) failed.push(file)
  return lines.map((line) => JSON.parse(line) as Figure) // the protocol of bench/README.md
})

if (figures.length > 0) console.log(`\n${table(figures)}`)
if (files.length === 0) {
  console.error(`no benchmark in bench matches ${wanted.join(" or ")}`)
  process.exitCode = 1
}
if (failed.length > 0) {
  console.error(`failed or printed no figure: ${failed.join(", ")}`)
  process.exitCode = 1
}
