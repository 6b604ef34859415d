/** Bundles the workers into files that plain `node` loads fast. */
import { mkdirSync, mkdtempSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const sources = fileURLToPath(new URL(".", import.meta.url))

// Inside node_modules, so that the native module, the one thing left out, is found from there.
const cache = fileURLToPath(new URL("../../node_modules/.cache", import.meta.url))

const workers = ["worker", "notesWorker", "approvalsWorker"] as const

/** Makes the programs from the sources as they are now, and gives the folder they are in. */
export const bundle = async (): Promise<string> => {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, "life-chaos-"))
  await build({
    entryPoints: ["launch", ...workers].map((name) => join(sources, `${name}.ts`)),
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    external: ["better-sqlite3"],
    logLevel: "warning"
  })
  return folder
}

/** Command line of a worker up to WORKSPACE and DATA_DIR. */
export const commandOf = (
  folder: string,
  worker: (typeof workers)[number],
  ...options: ReadonlyArray<string>
): ReadonlyArray<string> => [join(folder, "launch.cjs"), join(folder, `${worker}.cjs`), ...options]
