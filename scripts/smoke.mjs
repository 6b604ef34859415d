/**
 * Uses the built command as a new user would, and fails when it does not do what the README promises.
 *
 *   node scripts/smoke.mjs start      npm start in this folder, without key and options
 *   node scripts/smoke.mjs session    the same on a small tree, then verify, replay and log of that session
 */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

// The offline model has to do without a key, also for a user who has one.
const env = { ...process.env }
delete env.ANTHROPIC_API_KEY

const run = (command, ...args) => {
  console.log(`$ ${[command, ...args].join(" ")}`)
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    env,
    timeout: 120_000,
    maxBuffer: 64 * 2 ** 20,
    shell: process.platform === "win32"
  })
  process.stdout.write(stdout.length > 10_000 ? `${stdout.slice(0, 10_000)}\n[…]\n` : stdout)
  process.stderr.write(stderr)
  assert.equal(status, 0, `${command} ${args.join(" ")} ended with ${error?.message ?? `exit code ${status}`}`)
  return stdout + stderr
}

const hasReport = (workspace) => {
  const report = join(workspace, "life-report.md")
  assert.ok(existsSync(report) && statSync(report).size > 0, `there is no report, or an empty one, at ${report}`)
  return readFileSync(report, "utf8")
}

const start = () => {
  rmSync("life-report.md", { force: true })
  const output = run("npm", "start")
  hasReport(".")
  assert.match(output, /journal/i, "npm start does not say where the journal is")
}

const session = () => {
  const directory = mkdtempSync(join(tmpdir(), "life-smoke-"))
  try {
    const tree = join(directory, "tree")
    const data = ["--data-dir", join(directory, "data")]
    mkdirSync(join(tree, "src"), { recursive: true })
    writeFileSync(join(tree, "README.md"), "# Small\n\n## How it is used\n")
    writeFileSync(join(tree, "src/index.ts"), "// TODO: add two\nexport const one = 1\n")
    run("npm", "start", "--", "--workspace", tree, "--session", "smoke", ...data)
    const report = hasReport(tree)
    assert.match(report, /How it is used/, "the report leaves out a heading of the README")
    assert.match(report, /src\/index\.ts:1/, "the report leaves out a marker in the sources")
    run("npx", "life", "verify", "smoke", ...data)
    run("npx", "life", "replay", "smoke", ...data)
    const lines = spawnSync(process.execPath, ["dist/cli/main.js", "log", "smoke", "--json", ...data], {
      encoding: "utf8"
    })
    const sequences = lines.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).sequence)
    assert.deepEqual(
      sequences,
      sequences.map((_, index) => index + 1),
      "life log --json does not print every record once"
    )
    console.log(`${sequences.length} records in the journal`)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const checks = { start, session }
const check = checks[process.argv[2]]
assert.ok(check, `say which check to run: ${Object.keys(checks).join(" or ")}`)
check()
