/**
 * Compiles src and the inspector's page into dist from a clean start and links the `life` command, so that `npx life` in
 * a checkout runs it without asking.
 *
 * With `--if-possible` (as `prepare` calls it) an installation without development dependencies is left as it is.
 */
import { spawnSync } from "node:child_process"
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { buildPage, compiler } from "./page.mjs"

const path = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))

// npm links the bins of dependencies but never those of the project itself.
const linkCommand = () => {
  const main = path("dist/cli/main.js")
  if (!existsSync(main) || process.platform === "win32") return
  chmodSync(main, 0o755)
  mkdirSync(path("node_modules/.bin"), { recursive: true })
  rmSync(path("node_modules/.bin/life"), { force: true })
  symlinkSync("../../dist/cli/main.js", path("node_modules/.bin/life"))
}

const tsc = compiler()
if (tsc === undefined && process.argv.includes("--if-possible")) {
  console.log("not built: TypeScript is not installed (npm install without --omit=dev builds)")
} else if (tsc === undefined) {
  console.error("cannot build: TypeScript is not installed; run npm install without --omit=dev first")
  process.exitCode = 1
} else {
  rmSync(path("dist"), { recursive: true, force: true })
  const built = spawnSync(process.execPath, [tsc, "-p", path("tsconfig.build.json")], { stdio: "inherit" })
  process.exitCode = built.status || buildPage(path("dist/server/inspector/page")) ? 1 : 0
  if (process.exitCode === 0) linkCommand()
}
