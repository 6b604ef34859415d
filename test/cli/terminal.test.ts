import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { main, workspace } from "./command.js"

// util-linux has a command that gives another one a terminal; the one of other systems takes other arguments.
const hasTerminal =
  process.platform === "linux" && spawnSync("script", ["--version"], { encoding: "utf8" }).status === 0
if (!hasTerminal) console.warn("skipped: there is no script command of util-linux, so no terminal to test on")

const onTerminal = (args: ReadonlyArray<string>, answer: string): Promise<string> =>
  new Promise((resolve) => {
    const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(" ")
    const { ANTHROPIC_API_KEY: _, NO_COLOR: __, ...env } = process.env
    const child = spawn("script", ["--quiet", "--return", "--command", words, "/dev/null"], { env })
    let shown = ""
    let asked = false
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      shown += chunk
      if (asked || !shown.includes("[y/N]")) return
      asked = true
      child.stdin.write(`${answer}\n`)
    })
    child.on("close", (code) => resolve(`${shown}\nexit ${code}`))
  })

describe.skipIf(!hasTerminal)("on a terminal, life run", { timeout: 60_000 }, () => {
  it("asks before a file is replaced, shows what is going on, and takes yes and no for an answer", async () => {
    using place = workspace()
    writeFileSync(place.report, "mine")
    const args = ["run", "Look around", ...place.at]

    const refused = await onTerminal(args, "n")
    assert.match(refused, /write_file wants fs:overwrite:\/life-report\.md \(risk high\)/)
    assert.match(refused, /refused by cli/)
    assert.match(refused, /exit 0$/)
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")

    const approved = await onTerminal(args, "y")
    assert.match(approved, /approved by cli/)
    assert.include(approved, "\r\u001b[2KExecute · act(tools) write_file · tick 7 · 6 tool calls")
    assert.match(readFileSync(place.report, "utf8"), /^# Workspace report/)
  })
})
