/**
 * Loads a bundled program with its code cache, which halves the time a life needs to start: `node launch.cjs PROGRAM
 * WORKSPACE DATA_DIR`. The first life that comes to its end leaves the cache behind.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { Script } from "node:vm"

const [, , program = ""] = process.argv
const cache = `${program}.cache`
const cachedData = existsSync(cache) ? readFileSync(cache) : undefined
const script = new Script(`(function (require, module, exports) {${readFileSync(program, "utf8")}\n})`, {
  filename: program,
  cachedData
})

if (cachedData === undefined) {
  process.on("exit", () => {
    writeFileSync(`${cache}.new`, script.createCachedData())
    renameSync(`${cache}.new`, cache)
  })
}

script.runInThisContext()(createRequire(program), { exports: {} }, {})
