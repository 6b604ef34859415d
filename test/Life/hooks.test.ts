/** Hooks of a program around a whole Life: what is asked, told, refused and withheld, and what the journal then holds. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, mainBranch } from "../../src/layers/aios/index.js"
import { Hooks, ScriptedModel } from "../../src/layers/arcan/index.js"
import * as Life from "../../src/Life.js"
import { ofType } from "../support/story.js"

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
    const outcome = yield* agent.run("Write a note.", { outcome: true })
    yield* agent.stop
    const all = yield* (yield* Journal).read({ sessionId: "s", branchId: mainBranch, after: 0 })
    return { outcome, all }
  }).pipe(Effect.provide(Life.layerMemory({ workspace, provider, hooks, thresholds: { exploreUncertainty: 1 } })))

describe("hooks of a program", () => {
  it.scopedLive("hooks are told of sessions and runs, in the order of the journal", () =>
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

  it.scopedLive("hooks deny a tool call before it runs, and the model reads why", () =>
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

  it.scopedLive("hooks stand in front of the tools of subsystems as well", () =>
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

  it.scopedLive("hooks withhold what a tool gave although it ran, and what it wrote stays on record", () =>
    Effect.gen(function* () {
      const workspace = yield* folder
      const guard: Hooks.Hooks = {
        name: "guard",
        afterTool: (output, { toolName }) => (toolName === "write_file" ? refuse("secret") : Effect.succeed(output))
      }
      const { all } = yield* lived([guard], workspace)
      assert.deepStrictEqual(ofType(all, "ToolResult")[1]?.output, {
        error: "The call ran, but the hook guard withholds its output: secret"
      })
      assert.strictEqual(readFileSync(join(workspace, "note.txt"), "utf8"), "hello")
      assert.lengthOf(ofType(all, "FileWritten"), 1)
    })
  )

  it.scopedLive("hooks change what a model is asked and what it said, and may refuse both", () =>
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

  it.scopedLive("hooks do not hold up an agent that they are told of", () =>
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
