/** Hooks around one tool call: in process, and as commands of a configuration file. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either } from "effect"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { aroundCall } from "../../../src/layers/arcan/hooks/around.js"
import { Hooks } from "../../../src/layers/arcan/index.js"
import { breathe } from "../../support/breathe.js"

/** Output or error of a call of `write_file` between the hooks. */
const called = (hooks: ReadonlyArray<Hooks.Hooks>) =>
  aroundCall(
    hooks,
    {
      sessionId: "s",
      runId: "r",
      callId: "c",
      toolName: "write_file",
      input: { path: "note.txt", content: "hello" }
    },
    Effect.succeed({ output: "ok" })
  ).pipe(
    Effect.map(({ output }) => output),
    Effect.catchTag("ToolError", ({ message, reason }) => Effect.succeed(`${reason}: ${message}`))
  )

describe("hooks around a tool", () => {
  it.effect("hooks are asked from the outermost in before a tool runs, and from the innermost out after it", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const named = (name: string): Hooks.Hooks => ({
        name,
        beforeTool: () => Effect.sync(() => void order.push(`${name} before`)),
        afterTool: ({ output }) => {
          order.push(`${name} after`)
          return Effect.succeed({ output: `${output}, seen by ${name}` })
        }
      })
      assert.strictEqual(yield* called([named("outer"), named("inner")]), "ok, seen by inner, seen by outer")
      assert.deepStrictEqual(order, ["outer before", "inner before", "inner after", "outer after"])
    })
  )

  it.effect("hooks refuse the call when they throw", () =>
    Effect.gen(function* () {
      const thrower: Hooks.Hooks = { name: "thrower", beforeTool: () => Effect.die(new Error("broken")) }
      assert.include(yield* called([thrower]), "PolicyViolation: The hook thrower refuses this call: it failed")
    })
  )
})

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-hooks-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const script = (directory: string, name: string, text: string): void => {
  writeFileSync(join(directory, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(directory, name), 0o755)
}

const fromToml = (text: string, directory: string) => Hooks.fromToml(text, { file: "life.toml", directory })

describe("hooks of a configuration file", () => {
  it.scopedLive("hook commands get the event as JSON and no keys, and their arguments are taken as they are", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      script(
        directory,
        "hook.sh",
        `{ echo "$1 $LIFE_HOOK $LIFE_TOOL_NAME $LIFE_CALL_ID $ANTHROPIC_API_KEY"; cat; echo; } >> seen.txt`
      )
      const toml = `
        [[hooks]]
        on = "beforeTool"
        tools = ["write_file"]
        command = ["./hook.sh", "$(touch hacked); rm -rf *"]`
      process.env["ANTHROPIC_API_KEY"] = "sk-ant-secret"
      yield* called(yield* fromToml(toml, directory)).pipe(
        Effect.ensuring(Effect.sync(() => delete process.env["ANTHROPIC_API_KEY"]))
      )
      const [first, second, ...others] = readFileSync(join(directory, "seen.txt"), "utf8").trimEnd().split("\n")
      assert.strictEqual(first, "$(touch hacked); rm -rf * beforeTool write_file c ")
      const event = JSON.parse(second ?? "")
      assert.strictEqual(event.on, "beforeTool")
      assert.deepStrictEqual(event.call.input, { path: "note.txt", content: "hello" })
      assert.deepStrictEqual(others, [])
      assert.isFalse(existsSync(join(directory, "hacked")))
    })
  )

  it.scopedLive("hook commands are left alone by a call of a tool that they do not name", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      script(directory, "no.sh", "exit 2")
      const toml = `[[hooks]]\non = "beforeTool"\ntools = ["read_file"]\ncommand = ["./no.sh"]`
      assert.strictEqual(yield* called(yield* fromToml(toml, directory)), "ok")
    })
  )

  it.scopedLive("hook commands refuse by their exit code, with what they say as the reason", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      script(directory, "no.sh", `echo "write elsewhere" >&2; exit 2`)
      const hooks = yield* fromToml(
        `[[hooks]]\non = "beforeTool"\ntools = ["write_file"]\ncommand = ["./no.sh"]`,
        directory
      )
      assert.include(yield* called(hooks), "The hook no.sh refuses this call: write elsewhere")
      const missing = yield* fromToml(`[[hooks]]\non = "beforeTool"\ncommand = ["./missing.sh"]`, directory)
      assert.match(String(yield* called(missing)), /The hook missing.sh refuses.*cannot be run.*ENOENT/)
    })
  )

  it.scopedLive("hook commands are killed with their children when their time is up", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      script(directory, "slow.sh", `sleep 600 & echo $! > child.txt; wait`)
      const hooks = yield* fromToml(
        `[[hooks]]\non = "beforeTool"\ntools = ["write_file"]\ncommand = ["./slow.sh"]\ntimeoutSeconds = 1`,
        directory
      )
      assert.include(yield* called(hooks), "took more than 1000 ms and was killed")
      const child = Number(readFileSync(join(directory, "child.txt"), "utf8"))
      // The signal is on its way; a zombie that no process has reaped is still listed.
      const state = () => (existsSync(`/proc/${child}/stat`) ? readFileSync(`/proc/${child}/stat`, "utf8") : "gone")
      yield* Effect.repeat(Effect.promise(breathe), { until: () => /\) [ZX]|gone/.test(state()) })
    })
  )

  it("a malformed configuration file is refused, and the message names the place", () => {
    const problem = (text: string) => Either.getOrThrow(Either.flip(fromToml(text, "."))).message
    assert.match(problem(`[[hooks]\n`), /^life\.toml:1:\d+: /)
    assert.match(
      problem(`[[hooks]]\non = "beforeLunch"\ncommand = ["x"]`),
      /^life\.toml: [^]*beforeTool[^]*beforeLunch/
    )
    assert.match(problem(`[[hooks]]\non = "runEnd"\ncommand = []`), /command/)
    assert.match(problem(`[[hooks]]\non = "runEnd"\ncommand = ["x"]\ntools = ["y"]`), /tools go with a hook on a tool/)
    assert.match(problem(`[[hooks]]\non = "runEnd"\ncommand = ["x"]\ntimeoutSeconds = 61`), /60/)
    assert.match(problem(`[[hook]]\non = "runEnd"`), /hook/)
    assert.deepStrictEqual(Either.getOrThrow(fromToml("", ".")), [])
  })
})
