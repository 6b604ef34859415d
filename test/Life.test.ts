/** Connections of a Life: the models it is given by name and as layers, behind hooks and the switch. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ActorSystem, type Hooks, Life, Model, ModelRouter, ScriptedModel } from "life-agent-os"
import * as OpenAi from "./support/openAiServer.js"
import { serving } from "./layers/arcan/openAiSupport.js"

const workspace = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-models-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)
const silent = Logger.replace(Logger.defaultLogger, Logger.none)
const broken = ScriptedModel.layer(() =>
  Effect.fail(new Model.ModelError({ provider: "x", reason: "Overloaded", retryable: true, message: "too much" }))
)

const answerOf = (name: string, model?: string) =>
  Effect.gen(function* () {
    const system = yield* ActorSystem.ActorSystem
    const agent = yield* system.spawn({ name, ...(model === undefined ? {} : { model }) })
    return (yield* agent.run("Say something.")).finalAnswer
  })

describe("a Life with several models", () => {
  it.scopedLive("a Life with several models falls back, routes and switches, behind its hooks", () =>
    Effect.gen(function* () {
      const server = yield* serving(({ model = "" }) => OpenAi.says(`I am ${model}.`))
      const environment = ConfigProvider.fromMap(new Map([["OLLAMA_BASE_URL", `${server.url}/v1`]]))
      const asked: Array<string | undefined> = []
      const hook: Hooks.Hooks = {
        name: "listener",
        beforeModel: (request) => Effect.sync(() => (asked.push(request.model), request))
      }
      const life = Life.layerMemory({
        workspace: yield* workspace,
        provider: broken,
        fallback: ["ollama:one"],
        models: ["ollama:two:7b"],
        hooks: [hook]
      })
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* answerOf("a"), "I am one.")
        assert.strictEqual(yield* answerOf("b", "ollama:two:7b"), "I am two:7b.")
        const models = yield* ModelRouter.ModelSwitch
        yield* models.use("ollama:two:7b")
        assert.strictEqual(yield* answerOf("c"), "I am two:7b.")
        // The agents are told of the new default's model, though hooks stand in front of it.
        const model = yield* Model.Model
        assert.deepStrictEqual([model.provider, model.model], ["ollama", "two:7b"])
        assert.deepStrictEqual(asked, [undefined, "ollama:two:7b", undefined])
      }).pipe(Effect.provide(Layer.merge(life, silent)), Effect.withConfigProvider(environment))
    })
  )

  it.scoped("a Life does not start with a fallback that names no model, or that has no key", () =>
    Effect.gen(function* () {
      const folder = yield* workspace
      const start = (fallback: string) =>
        Effect.flip(Layer.build(Life.layerMemory({ workspace: folder, fallback: [fallback] }))).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
        )
      assert.include((yield* start("oracle")).message, '"oracle" names no model')
      assert.include((yield* start("openai:gpt-5")).message, "OPENAI_API_KEY is not set")
    })
  )
})
