/**
 * Compiles the inspector's page, which runs in browsers and so has a TypeScript project of its own.
 *
 *   node scripts/page.mjs FOLDER
 */
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, readdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, extname, join } from "node:path"
import { fileURLToPath } from "node:url"

const source = fileURLToPath(new URL("../src/server/inspector/page", import.meta.url))

/** Path of the TypeScript compiler, or `undefined`. */
export const compiler = () => {
  try {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json")
    return join(dirname(manifest), "bin", "tsc")
  } catch {
    return undefined
  }
}

/** Puts the page into a folder, and gives the compiler's exit code. */
export const buildPage = (folder) => {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(source)) {
    if ([".html", ".css", ".svg"].includes(extname(name)) || name === "machine.json")
      copyFileSync(join(source, name), join(folder, name))
  }
  const arguments_ = [compiler(), "-p", source, "--noEmit", "false", "--outDir", folder]
  return spawnSync(process.execPath, arguments_, { stdio: "inherit" }).status ?? 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) throw new Error("usage: node scripts/page.mjs FOLDER")
  process.exitCode = buildPage(folder)
}
