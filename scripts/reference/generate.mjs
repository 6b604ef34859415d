/**
 * Writes docs/reference from the doc comments of the public modules.
 *
 *   npm run reference              writes the pages
 *   npm run reference -- --check   exits with 1 if the pages are not those of the sources
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, cpSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))
const pages = fileURLToPath(new URL("../../docs/reference", import.meta.url))

const run = (command, arguments_) => {
  const { status } = spawnSync(command, arguments_, { cwd: here, stdio: "inherit" })
  if (status !== 0) throw new Error(`${command} ${arguments_.join(" ")} ended with ${status}`)
}

const read = (folder) =>
  new Map(
    (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [])
      .filter((name) => name.endsWith(".md"))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")])
  )

if (!existsSync(join(here, "node_modules"))) run("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"])
const out = mkdtempSync(join(tmpdir(), "life-reference-"))
try {
  run(process.execPath, ["node_modules/typedoc/bin/typedoc", "--out", out])
  if (process.argv.includes("--check")) {
    const [now, shown] = [read(out), read(pages)]
    const stale = [...new Set([...now.keys(), ...shown.keys()])].filter((name) => now.get(name) !== shown.get(name))
    if (stale.length > 0) {
      console.error(`docs/reference is not up to date (${stale.join(", ")}): run \`npm run reference\``)
      process.exitCode = 1
    }
  } else {
    rmSync(pages, { recursive: true, force: true })
    cpSync(out, pages, { recursive: true })
    console.log(`${read(pages).size} pages in docs/reference`)
  }
} finally {
  rmSync(out, { recursive: true, force: true })
}
