/**
 * Everything that takes too long for each change.
 *
 *   npm run nightly
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const steps = [
  ["scripts/simulate.mjs", "1..10000"],
  ["scripts/consumer.mjs", "pnpm"],
  ["scripts/consumer.mjs", "yarn"],
  ["scripts/consumer.mjs", "npm", "--node", "22"],
  ["scripts/consumer.mjs", "npm", "--node", "24"]
]

const cwd = fileURLToPath(new URL("..", import.meta.url))
const failed = steps.filter((step) => spawnSync(process.execPath, step, { cwd, stdio: "inherit" }).status !== 0)
for (const step of failed) console.error(`failed: node ${step.join(" ")}`)
process.exitCode = failed.length === 0 ? 0 : 1
