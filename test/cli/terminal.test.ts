import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { main, workspace } from "./command.js"

// util-linux has a command that gives another one a terminal; that command takes other arguments on other systems.
const hasTerminal =
  process.platform === "linux" && spawnSync("script", ["--version"], { encoding: "utf8" }).status === 0
if (!hasTerminal) console.warn("skipped: there is no script command of util-linux, so no terminal to test on")

/** Runs the command, and types an answer each time it asks for one. */
const onTerminal = (args: ReadonlyArray<string>, ...answers: ReadonlyArray<string>): Promise<string> =>
  new Promise((resolve) => {
    const words = [process.execPath, main, ...args].map((word) => `'${word}'`).join(" ")
    const { ANTHROPIC_API_KEY: _, NO_COLOR: __, ...env } = process.env
    const child = spawn("script", ["--quiet", "--return", "--command", words, "/dev/null"], { env })
    let shown = ""
    let seen = 0
    const left = [...answers]
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      shown += chunk
      const question = /\[y\/N\/a\/e\]|nothing to go back:/g
      question.lastIndex = seen
      while (question.exec(shown) !== null) {
        seen = question.lastIndex
        const answer = left.shift()
        if (answer !== undefined) child.stdin.write(`${answer}\n`)
        question.lastIndex = seen
      }
    })
    child.on("close", (code) => resolve(`${shown}\nexit ${code}`))
  })

describe.skipIf(!hasTerminal)("on a terminal, life run", { timeout: 60_000 }, () => {
  it("life run asks before a file is replaced, shows what is going on, and takes yes and no", async () => {
    using place = workspace()
    writeFileSync(place.report, "mine")
    const args = ["run", "Look around", ...place.at]

    const refused = await onTerminal(args, "n")
    assert.match(refused, /write_file wants fs:overwrite:\/life-report\.md \(risk high, [23]\d\d\.\d s left\)/)
    assert.match(refused, /write_file would replace what is in \/life-report\.md/)
    assert.include(refused, "content, changed from what is there now:")
    assert.match(refused, /\+# Workspace report/)
    assert.match(refused, /refused by cli/)
    assert.match(refused, /exit 0$/)
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")

    const approved = await onTerminal(args, "y")
    assert.match(approved, /approved by cli/)
    assert.include(approved, "\r\u001b[2KExecute · act(tools) write_file · tick 9 · 7 tool calls")
    assert.match(readFileSync(place.report, "utf8"), /^# Workspace report/)
  })

  it("life run takes other arguments for the call, and asks again when they are no JSON or do not fit", async () => {
    using place = workspace()
    writeFileSync(place.report, "mine")
    const input = JSON.stringify({ path: "elsewhere.md", content: "# Elsewhere" })
    const edited = await onTerminal(["run", "Look around", ...place.at], "e", "{ path", '{"path":1}', "e", input)
    assert.match(edited, /That is no JSON/)
    assert.match(edited, /cannot run the changed call: .*"path"/)
    assert.match(edited, /approved by cli with other arguments/)
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")
    assert.strictEqual(readFileSync(join(place.tree, "elsewhere.md"), "utf8"), "# Elsewhere")
  })

  it("life run stops asking when the time is over, and goes on", async () => {
    using place = workspace()
    writeFileSync(place.report, "mine")
    const late = await onTerminal(["run", "Look around", "--approval-timeout", "1", ...place.at])
    assert.match(late, /refused by timeout: no person answered by/)
    assert.match(late, /exit 0$/)
    assert.strictEqual(readFileSync(place.report, "utf8"), "mine")
  })
})
