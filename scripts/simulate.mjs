/**
 * Proves that simulations repeat: runs the same seeds in two processes at once and compares them seed by seed. The second
 * process begins in the middle, so that anything one simulation leaves to the next would show. Fails when a seed breaks
 * an invariant, or when the two differ; then names the first event that differs.
 *
 *   node scripts/simulate.mjs [SEEDS]      how many, or A..B, as `life sim --seeds` takes it; default: 1..300
 */
import { spawn } from "node:child_process"

const seeds = process.argv[2] ?? "1..300"

const sim = (...args) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["dist/cli/main.js", "sim", ...args], {
      stdio: ["ignore", "pipe", "pipe"]
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (chunk) => (stdout += chunk))
    child.stderr.setEncoding("utf8").on("data", (chunk) => (stderr += chunk))
    child.on("error", reject)
    child.on("close", (status) => resolve({ status, stderr, lines: stdout.split("\n").slice(0, -1) }))
  })

// The index of the first line in which two runs differ, or -1.
const firstDifference = (one, other) =>
  Array.from({ length: Math.max(one.length, other.length) }).findIndex((_, index) => one[index] !== other[index])

const nameFirstEvent = async (seed) => {
  const [one, other] = await Promise.all([1, 2].map(() => sim("--seed", String(seed), "--trace")))
  const index = firstDifference(one.lines, other.lines)
  if (index < 0) {
    console.error(
      `seed ${seed} gave two results, but two traces of it are the same: what differs depends on other seeds`
    )
    return
  }
  console.error(`seed ${seed} differs at event ${index + 1}:`)
  console.error(`  ${one.lines[index] ?? "(the end)"}`)
  console.error(`  ${other.lines[index] ?? "(the end)"}`)
}

// The seeds as `life sim` takes them, with their second half first.
const turned = (given) => {
  const [from, to] = given.includes("..") ? given.split("..").map(Number) : [1, Number(given)]
  const middle = Math.floor((from + to) / 2)
  return middle < to ? [`${middle + 1}..${to}`, `${from}..${middle}`] : [given]
}

const seedOf = (line) => JSON.parse(line).seed

const sweep = async (ranges) => {
  const parts = []
  for (const range of ranges) parts.push(await sim("--seeds", range, "--json"))
  return {
    status: Math.max(...parts.map(({ status }) => status ?? 1)),
    stderr: parts.map(({ stderr }) => stderr).join(""),
    lines: parts.flatMap(({ lines }) => lines).toSorted((a, b) => seedOf(a) - seedOf(b))
  }
}

const started = performance.now()
const [one, other] = await Promise.all([[seeds], turned(seeds)].map(sweep))
const seconds = (performance.now() - started) / 1_000
process.stderr.write(one.stderr)

const index = firstDifference(one.lines, other.lines)
if (index >= 0) {
  const line = one.lines[index] ?? other.lines[index]
  console.error(`seed ${seedOf(line)} is not the same in both processes:`)
  console.error(`  ${one.lines[index] ?? "(nothing)"}\n  ${other.lines[index] ?? "(nothing)"}`)
  if (other.stderr !== one.stderr) process.stderr.write(other.stderr)
  await nameFirstEvent(seedOf(line))
}
const passed = one.status === 0 && other.status === 0 && index < 0 && one.lines.length > 0
console.log(
  `${one.lines.length} seeds, each in two processes, ${seconds.toFixed(0)} s: ${passed ? "clean and the same" : "FAILED"}`
)
process.exitCode = passed ? 0 : 1
