/** The command, against a model, a server, a workspace and arguments that try to control the terminal. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Script from "../support/anthropicServer.js"
import { life, main, sha256Of, workspace } from "./command.js"
import { attack, isSafe } from "./hostile.js"

const slowly = { timeout: 240_000 }

const reads: ReadonlyArray<readonly [input: unknown, tool: string]> = [
  [{ path: "." }, "list_dir"],
  [{ pattern: "**" }, "glob"],
  [{ pattern: "old" }, "grep"],
  [{ path: "." }, "list_dir"],
  [{ pattern: "*" }, "glob"]
]

/** A model whose names, arguments and answers attack the terminal, and that replaces a file with an odd name. */
const script =
  (path: string): Script.Script =>
  ({ messages = [] }) => {
    const round = messages.filter(({ role }) => role === "assistant").length
    const call = (input: unknown, tool = "write_file") =>
      Script.stream(
        Script.messageStart({}, `claude-${attack}`),
        ...Script.text(0, "Look: ", attack, "\n"),
        ...Script.toolUse(1, `toolu_${round}`, tool, JSON.stringify(input)),
        ...Script.messageEnd("tool_use")
      )
    // An agent that has read nothing may change nothing.
    if (round < reads.length) return call(...(reads[round] ?? [{}, ""]))
    if (round === 5) return call({ path: `new${attack}`, content: attack, [`${attack}replaces notes-draft.txt`]: 1 })
    if (round === 6) return call({ path: `${attack}/${attack}`, content: attack })
    if (round === 7) return call({ path, content: `old ${attack}\nnew\n`, sha256: sha256Of(`old ${attack}\n`) })
    return Script.says("Done: ", attack, " and that is all")
  }

describe("life, attacked through what it prints", slowly, () => {
  it("life run, log, state and sessions write no control or hidden character of a model or a file", async () => {
    using place = workspace()
    // A file whose name is read from the right, and a folder of the workspace that would clear the screen.
    const tree = join(place.root, "\u001b[2Jtree\u202e")
    mkdirSync(tree)
    const path = "\u202etxt.eton-hsab"
    writeFileSync(join(tree, path), `old ${attack}\n`)
    const at = ["--workspace", tree, "--data-dir", join(place.root, "data\u009b2J")]
    const server = await Script.startAnthropicServer(script(path))
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const parked = await life(["run", `Look ${attack}`, "--session", "s", "--verbose", ...at], { env })
    assert.strictEqual(parked.code, 3, parked.stdout + parked.stderr)
    assert.include(parked.stderr, "wants fs:overwrite:/%E2%80%AEtxt.eton-hsab")
    assert.include(parked.stderr, "life state s")
    isSafe(parked.stdout + parked.stderr, "life run")
    const state = await life(["state", "s", ...at])
    assert.include(state.stdout, "     old \\u{1b}[1A")
    assert.include(state.stdout, "    +new")
    isSafe(state.stdout, "life state")
    const resumed = await life(["run", "--session", "s", "--resume", "--yes", ...at], { env })
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.include(resumed.stdout, "Done: \\u{1b}[1A")
    isSafe(resumed.stdout + resumed.stderr, "life run --resume")
    for (const command of ["log", "state", "replay", "verify"]) {
      for (const json of [[], ["--json"]]) {
        const { code, stderr, stdout } = await life([command, "s", ...json, ...at])
        assert.strictEqual(code, 0, stderr)
        isSafe(stdout + stderr, `life ${command} ${json.join("")}`)
        if (json.length > 0) for (const line of stdout.trimEnd().split("\n")) JSON.parse(line)
      }
    }
    await server.close()
  })

  it("life writes no control or hidden character of a server's error or of its own arguments", async () => {
    using place = workspace()
    const refusal = Script.failure(400, "invalid_request_error", `no ${attack}\nlife: all is well`)
    const server = await Script.startAnthropicServer(() => refusal)
    const env = { ANTHROPIC_API_KEY: "sk-test", ANTHROPIC_BASE_URL: server.url }
    const refused = await life(["run", "Look", "--session", "s", "--verbose", ...place.at], { env })
    await server.close()
    assert.strictEqual(refused.code, 1)
    assert.include(refused.stderr, "no \\u{1b}[1A")
    assert.notMatch(refused.stderr, /^life: all is well/m)
    isSafe(refused.stdout + refused.stderr, "life run")
    for (const args of [
      ["run", `--${attack}`],
      ["run", "--provider", attack, ...place.at],
      ["run", "--workspace", attack],
      ["run", "--objective-file", attack, ...place.at],
      ["log", attack, ...place.at],
      ["log", "s", "--kind", attack, ...place.at],
      ["state", "s", "--data-dir", attack],
      ["sim", "--faults", attack],
      ["--log-format", attack, "sessions", ...place.at],
      [attack]
    ]) {
      const { code, stderr, stdout } = await life(args)
      assert.include([1, 2], code, JSON.stringify(args))
      isSafe(stdout + stderr, args.join(" "))
    }
    const thrown = `import(${JSON.stringify(main.replace("main.js", "life.js"))}).then(({ main }) => {
      void main(["node", "life", "--help"])
      setTimeout(() => { throw new Error(${JSON.stringify(`odd ${attack}`)}) })
    })`
    const { status, stderr } = spawnSync(process.execPath, ["-e", thrown], { encoding: "utf8" })
    assert.strictEqual(status, 1)
    assert.include(stderr, "life: an unexpected error: odd \\u{1b}[1A")
    isSafe(stderr, "an error that no handler catches")
    const named = await life(["log", "s", ...place.at], { env: { LIFE_LOG_LEVEL: attack } })
    assert.strictEqual(named.code, 2)
    isSafe(named.stderr, "LIFE_LOG_LEVEL")
  })
})
