/**
 * Compiles the checkout as it is now, so that processes can be timed without a TypeScript loader.
 */
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/**
 * Compiles `src` and `bench` and gives a function from a source to its compiled file. The file is always below the
 * checkout, on any benchmark disk, so that packages are found.
 */
export const build = (): ((source: string) => string) => {
  const compiled = (source: string) => source.replace(/\.ts$/, ".js")
  // This file is part of a build already.
  if (import.meta.url.endsWith(".js")) return (source) => join(root, compiled(source))
  // Checkouts that share their node_modules do not share the compiled files.
  const directory = join(root, "node_modules/.cache/bench-builds", createHash("sha256").update(root).digest("hex"))
  const project = join(directory, "tsconfig.json")
  const outDir = join(directory, "build")
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  writeFileSync(
    project,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: {
        noEmit: false,
        noCheck: true,
        rootDir: root,
        outDir,
        paths: {},
        typeRoots: [join(root, "node_modules/@types")]
      },
      include: [join(root, "src"), join(root, "bench")]
    })
  )
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc")
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", project], { encoding: "utf8" })
  if (status !== 0) throw new Error(`the checkout does not compile:\n${stdout}`)
  copyFileSync(join(root, "package.json"), join(outDir, "package.json"))
  // Some files that the benchmarks use are JavaScript already. A link lets them find their own surroundings.
  symlinkSync(join(root, "scripts"), join(outDir, "scripts"))
  return (source) => join(outDir, compiled(source))
}
