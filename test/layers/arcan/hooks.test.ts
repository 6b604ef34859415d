/** Hooks: what is asked, told, refused and withheld, in process and as commands. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either } from "effect"
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import { Journal, mainBranch } from "../../../src/layers/aios/index.js"
import { Hooks, ScriptedModel } from "../../../src/layers/arcan/index.js"
import * as Life from "../../../src/Life.js"
import { ofType } from "../../support/story.js"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-hooks-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const model = ScriptedModel.layer((_, turn) =>
  turn === 0
    ? ScriptedModel.call("list_dir", { path: "." })
    : turn === 1
      ? ScriptedModel.call("write_file", { path: "note.txt", content: "hello" })
      : { content: "Done." }
)

const refuse = (message: string) => new Hooks.HookError({ hook: "guard", message })

/** A run from its first to its last record. */
const lived = (hooks: ReadonlyArray<Hooks.Hooks>, workspace: string, provider = model) =>
  Effect.gen(function* () {
    const system = yield* ActorSystem
    const agent = yield* system.spawn({ name: "ada", sessionId: "s" })
    const outcome = yield* agent.run("Write a note.")
    yield* agent.stop
    const all = yield* (yield* Journal).read({ sessionId: "s", branchId: mainBranch, after: 0 })
    return { outcome, all }
  }).pipe(Effect.provide(Life.layerMemory({ workspace, provider, hooks, thresholds: { exploreUncertainty: 1 } })))

describe("hooks of a program", () => {
  it.scopedLive("are told of sessions and runs, in the order of the journal", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const note = (what: string) => Effect.sync(() => void told.push(what))
      const observer: Hooks.Hooks = {
        name: "observer",
        sessionStart: ({ resumed }) => note(`session ${resumed ? "resumed" : "began"}`),
        sessionEnd: ({ reason }) => note(`session ${reason}`),
        runStart: ({ provider }) => note(`run by ${provider}`),
        runEnd: ({ finalAnswer, reason }) => note(`run ${reason}: ${finalAnswer}`)
      }
      yield* lived([observer], yield* folder)
      assert.deepStrictEqual(told, ["session began", "run by scripted", "run completed: Done.", "session stopped"])
    })
  )

  it.scopedLive("deny a tool call before it runs, and the model reads why", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const guard: Hooks.Hooks = {
        name: "guard",
        beforeTool: ({ toolName }) => (toolName === "write_file" ? refuse("no notes today") : Effect.void)
      }
      const { all } = yield* lived([guard], workspace)
      assert.isFalse(existsSync(join(workspace, "note.txt")))
      const denied = ofType(all, "ToolResult").find(({ status }) => status === "denied")
      assert.deepStrictEqual(denied?.output, { error: "The hook guard refuses this call: no notes today" })
    })
  )

  it.scopedLive("stand in front of the tools of subsystems as well", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const seen: Array<string> = []
      const guard: Hooks.Hooks = {
        name: "guard",
        beforeTool: ({ input, toolName }) =>
          JSON.stringify(input).includes("forbidden") ? refuse(`no ${toolName} for that`) : Effect.void,
        afterTool: (output, { toolName }) =>
          Effect.sync(() => {
            seen.push(toolName)
            return { ...output, output: "changed" }
          })
      }
      const delegating = ScriptedModel.layer(({ messages }, turn) => {
        if (messages[0]?.role === "user" && messages[0].content.startsWith("Help")) return { content: "Helped." }
        const objective = ["Help.", "Help with what is forbidden."][turn]
        return objective === undefined ? { content: "Done." } : ScriptedModel.call("delegate", { objective })
      })
      const { all } = yield* lived([guard], workspace, delegating)
      assert.deepStrictEqual(seen, ["delegate"])
      assert.deepStrictEqual(
        ofType(all, "ToolResult").map(({ output, status, ticks }) => ({ output, status, ticks })),
        [
          { output: "changed", status: "ok", ticks: 1 },
          {
            output: { error: "The hook guard refuses this call: no delegate for that" },
            status: "denied",
            ticks: undefined
          }
        ]
      )
    })
  )

  it.scopedLive("change what a tool gave, the outermost last, or withhold it although it ran", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const order: Array<string> = []
      const named = (name: string): Hooks.Hooks => ({
        name,
        beforeTool: () => Effect.sync(() => void order.push(`${name} before`)),
        afterTool: (output, { toolName }) => {
          order.push(`${name} after`)
          if (toolName === "write_file" && name === "inner") return refuse("secret")
          return Effect.succeed({ ...output, output: { seenBy: name } })
        }
      })
      const { all } = yield* lived([named("outer"), named("inner")], workspace)
      assert.deepStrictEqual(order.slice(0, 4), ["outer before", "inner before", "inner after", "outer after"])
      const outputs = ofType(all, "ToolResult").map(({ output }) => output)
      assert.deepStrictEqual(outputs, [
        { seenBy: "outer" },
        { error: "The call ran, but the hook guard withholds its output: secret" }
      ])
      assert.strictEqual(readFileSync(join(workspace, "note.txt"), "utf8"), "hello")
      assert.lengthOf(ofType(all, "FileWritten"), 1)
    })
  )

  it.scopedLive("change what a model is asked and what it said, and may refuse both", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const asked: Array<string> = []
      const echo = ScriptedModel.layer(({ system }) => {
        asked.push(system)
        return { content: "The password is tea.", usage: { inputTokens: 10, outputTokens: 5 } }
      })
      const shaping: Hooks.Hooks = {
        name: "shaping",
        beforeModel: (request) => Effect.succeed({ ...request, system: "Be brief." }),
        afterModel: (turn) => Effect.succeed({ ...turn, content: turn.content.replace("tea", "…") })
      }
      const shaped = yield* lived([shaping], workspace, echo)
      assert.deepStrictEqual(asked, ["Be brief."])
      assert.strictEqual(shaped.outcome.finalAnswer, "The password is ….")
      const withheld = yield* lived([{ name: "guard", afterModel: () => refuse("secret") }], workspace, echo)
      assert.strictEqual(withheld.outcome.reason, "refused")
      assert.strictEqual(withheld.outcome.usage.outputTokens, 5)
      const refused = yield* lived([{ name: "guard", beforeModel: () => refuse("closed") }], workspace, echo)
      assert.strictEqual(refused.outcome.error, "The hook guard refuses this model call: closed")
      assert.lengthOf(asked, 2)
    })
  )

  it.scopedLive("that throw refuse when they are asked, and change nothing when they are told", () =>
    Effect.gen(function* () {
      const thrower: Hooks.Hooks = {
        name: "thrower",
        runStart: () => Effect.die(new Error("broken")),
        beforeTool: () => Effect.die(new Error("broken"))
      }
      const { all, outcome } = yield* lived([thrower], yield* folder)
      assert.strictEqual(outcome.reason, "completed")
      assert.include(JSON.stringify(ofType(all, "ToolResult")[0]), "The hook thrower refuses this call: it failed")
    })
  )

  it.scopedLive("do not hold up an agent that they are told of", () =>
    Effect.gen(function* () {
      const goOn = yield* Deferred.make<void>()
      const slow: Hooks.Hooks = { name: "slow", runStart: () => Deferred.await(goOn) }
      const { outcome } = yield* Effect.zipLeft(
        Effect.flatMap(ActorSystem, (system) =>
          Effect.flatMap(system.spawn({ name: "ada" }), (agent) =>
            Effect.map(agent.run("Write a note."), (outcome) => ({ outcome }))
          )
        ),
        Deferred.succeed(goOn, undefined)
      ).pipe(Effect.provide(Life.layerMemory({ workspace: yield* folder, provider: model, hooks: [slow] })))
      assert.strictEqual(outcome.reason, "completed")
    })
  )
})

const script = (workspace: string, name: string, text: string): void => {
  writeFileSync(join(workspace, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(workspace, name), 0o755)
}

const fromToml = (text: string, directory: string) => Hooks.fromToml(text, { file: "life.toml", directory })

describe("hooks of a configuration file", () => {
  it.scopedLive("are commands that get the event as JSON and no keys, and whose arguments are taken as they are", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      script(
        workspace,
        "hook.sh",
        `{ echo "$1 $LIFE_HOOK $LIFE_TOOL_NAME $LIFE_CALL_ID $ANTHROPIC_API_KEY"; cat; echo; } >> seen.txt`
      )
      const toml = `
        [[hooks]]
        on = "beforeTool"
        tools = ["write_file"]
        command = ["./hook.sh", "$(touch hacked); rm -rf *"]`
      process.env["ANTHROPIC_API_KEY"] = "sk-ant-secret"
      yield* lived(yield* fromToml(toml, workspace), workspace).pipe(
        Effect.ensuring(Effect.sync(() => delete process.env["ANTHROPIC_API_KEY"]))
      )
      const [first, second, ...others] = readFileSync(join(workspace, "seen.txt"), "utf8").trimEnd().split("\n")
      assert.match(first ?? "", /^\$\(touch hacked\); rm -rf \* beforeTool write_file write_file:\{.*\} $/)
      const event = JSON.parse(second ?? "")
      assert.strictEqual(event.on, "beforeTool")
      assert.deepStrictEqual(event.call.input, { path: "note.txt", content: "hello" })
      assert.deepStrictEqual(others, [])
      assert.isFalse(existsSync(join(workspace, "hacked")))
    })
  )

  it.scopedLive("refuse by their exit code, with what they say as the reason", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      script(workspace, "no.sh", `echo "write elsewhere" >&2; exit 2`)
      const hooks = yield* fromToml(
        `[[hooks]]\non = "beforeTool"\ntools = ["write_file"]\ncommand = ["./no.sh"]`,
        workspace
      )
      const { all } = yield* lived(hooks, workspace)
      assert.include(JSON.stringify(all), "The hook no.sh refuses this call: write elsewhere")
      const missing = yield* fromToml(`[[hooks]]\non = "beforeTool"\ncommand = ["./missing.sh"]`, workspace)
      assert.match(
        JSON.stringify((yield* lived(missing, workspace)).all),
        /The hook missing.sh refuses.*cannot be run.*ENOENT/
      )
    })
  )

  it.scopedLive("are killed with their children when their time is up", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      script(workspace, "slow.sh", `sleep 600 & echo $! > child.txt; wait`)
      const hooks = yield* fromToml(
        `[[hooks]]\non = "beforeTool"\ntools = ["write_file"]\ncommand = ["./slow.sh"]\ntimeoutSeconds = 1`,
        workspace
      )
      const { all } = yield* lived(hooks, workspace)
      assert.include(JSON.stringify(all), "took more than 1000 ms and was killed")
      const child = Number(readFileSync(join(workspace, "child.txt"), "utf8"))
      // A zombie that nobody reaps is still listed, so its state is asked.
      const state = existsSync(`/proc/${child}/stat`)
        ? readFileSync(`/proc/${child}/stat`, "utf8").split(") ")[1]
        : "gone"
      assert.match(state ?? "", /^(Z|X|gone)/)
    })
  )

  it("that make no sense are refused, and the message names the place", () => {
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
