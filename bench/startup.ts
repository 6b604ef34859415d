/**
 * Start time of the `life` command, against an empty Node process.
 *
 *   node --import tsx bench/startup.ts [--json]
 */
import { spawnSync } from "node:child_process"
import packageJson from "../package.json" with { type: "json" }
import { interleave, milliseconds, report } from "./harness.js"
import { build } from "./support/build.js"

const node = (printed: string, ...args: ReadonlyArray<string>) =>
  milliseconds(() => {
    const { stderr, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" })
    if (stdout.trim() !== printed) throw new Error(`node ${args.join(" ")} printed "${stdout}": ${stderr}`)
  })

const main = build()("src/cli/main.ts")
const times = await interleave(20, {
  life: () => node(packageJson.version, main, "--version"),
  node: () => node("", "-e", "0")
})
report([{ name: "life --version", value: times.life, unit: "ms", floor: times.node, target: "ratio <= 3" }])
