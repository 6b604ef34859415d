/** Agents and their models: routes, fallbacks, what streams in, and what is recorded of it. */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Context, Effect, Either, Fiber, Layer, Logger, Stream } from "effect"
import { ActorSystem } from "../../src/actors/index.js"
import { type Message, Model, ModelError } from "../../src/layers/aios/index.js"
import { ModelRouter, ReplayModel, ScriptedModel } from "../../src/layers/arcan/index.js"
import { Telemetry } from "../../src/layers/vigil/index.js"
import * as OpenAi from "../support/openAiServer.js"
import * as OpenAiSupport from "../layers/arcan/openAiSupport.js"
import { calls, checkStory, ofType, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, world } from "../support/world.js"

const overloaded = new ModelError({ provider: "a", reason: "Overloaded", retryable: true, message: "too much" })
const silent = Logger.replace(Logger.defaultLogger, Logger.none)

const theirs = Layer.map(
  ScriptedModel.layer(() => ({ content: "other", model: "other-1" })),
  (context) => Context.make(Model, { ...Context.get(context, Model), provider: "theirs", model: "other-1" })
)

const routed = () =>
  Layer.orDie(
    ModelRouter.layer({
      models: [
        { name: "weak", layer: ScriptedModel.layer(() => Effect.fail(overloaded)) },
        { name: "strong", layer: ScriptedModel.layer(() => ({ content: "strong", model: "strong-1", retries: 2 })) },
        { name: "other", layer: theirs }
      ]
    })
  )

describe("an agent with a router", () => {
  it.effect("an agent with a router records which model answered instead of which, and why", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Say something.")
      yield* untilIdle
      const { all } = yield* checkStory(agent.sessionId)
      const [message] = ofType(all, "AssistantMessage")
      assert.strictEqual(message?.model, "strong-1")
      assert.deepStrictEqual(message?.fallback, { from: "weak", reason: "Overloaded" })
      assert.strictEqual(message?.retries, 2)
      assert.deepStrictEqual(ofType(all, "ModelFailed"), [])
    }).pipe(Effect.provide(Layer.merge(world({ model: routed() }), silent)))
  )

  it.effect("an agent thinks with the model it was spawned with, also when it is loaded again", () => {
    const model = routed()
    return Effect.gen(function* () {
      const route = Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s", model: "other" })
        const { finalAnswer } = yield* agent.run("Say something.")
        return finalAnswer
      })
      assert.strictEqual(yield* Effect.provide(route, population({ model })), "other")
      const again = Effect.flatMap(spawn("scribe", { sessionId: "s" }), (agent) => agent.run("And now?"))
      assert.strictEqual((yield* Effect.provide(again, population({ model }))).finalAnswer, "other")
      const [created] = ofType(yield* records("s"), "SessionCreated")
      assert.strictEqual(created?.model, "other")
      for (const { model, provider } of ofType(yield* records("s"), "RunStarted")) {
        assert.deepStrictEqual([provider, model], ["theirs", "other-1"])
      }
      yield* checkStory("s")
    }).pipe(Effect.provide(ground()))
  })

  it.effect("an agent traces its calls under the name and the provider of the model it was spawned with", () => {
    const memory = Telemetry.makeMemory()
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { model: "other" })
      yield* agent.run("Say something.")
      const [chat] = memory.spans.filter(({ name }) => name.startsWith("chat "))
      assert.strictEqual(chat?.name, "chat other-1")
      assert.deepInclude(chat?.attributes, { "gen_ai.provider.name": "theirs", "gen_ai.request.model": "other-1" })
    }).pipe(Effect.provide(Layer.provide(world({ model: routed() }), Telemetry.layer({ exporter: memory }))))
  })

  it.effect("an agent is not spawned with an unknown model, and the error names the known ones", () =>
    Effect.gen(function* () {
      const failed = yield* Effect.flip(spawn("scribe", { model: "othr" }))
      if (failed._tag !== "SpawnError") return assert.fail(failed._tag)
      assert.strictEqual(failed.reason, "UnknownModel")
      assert.include(failed.message, "there is no model othr; did you mean other? There are weak, strong, other")
      assert.deepStrictEqual(yield* Effect.flatMap(ActorSystem, ({ list }) => list), [])
    }).pipe(Effect.provide(world({ model: routed() })))
  )

  it.effect("a run whose model is not there any more ends with the names of the known ones", () =>
    Effect.gen(function* () {
      yield* spawn("scribe", { sessionId: "s", model: "other" }).pipe(Effect.provide(population({ model: routed() })))
      const poorer = Layer.orDie(ModelRouter.layer({ models: [{ name: "weak", layer: theirs }] }))
      const run = Effect.flatMap(spawn("scribe", { sessionId: "s" }), (agent) =>
        agent.run("Say something.", { outcome: true })
      )
      const { error, reason } = yield* Effect.provide(run, population({ model: poorer }))
      assert.strictEqual(reason, "error")
      assert.include(error, "There is no model other; there are weak.")
    }).pipe(Effect.provide(ground()))
  )

  it.effect("an agent with one model takes the name of that model, and no other", () =>
    Effect.gen(function* () {
      yield* spawn("one", { model: "scripted-1" })
      yield* spawn("two", { model: "scripted:scripted-1" })
      const failed = yield* Effect.flip(spawn("three", { model: "scripted-2" }))
      assert.include(failed.message, "did you mean scripted-1? There are scripted-1, scripted:scripted-1")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})

describe("what streams in", () => {
  it.scopedLive("thoughts and text stream in apart, and the stream of text has the text only", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiSupport.serving(() =>
        OpenAi.stream(
          OpenAi.opening,
          OpenAi.delta({ reasoning: "Hm." }),
          ...OpenAi.text("Well", "."),
          ...OpenAi.ending("stop")
        )
      )
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const deltas = yield* Effect.fork(Stream.runCollect(Stream.take(agent.deltas, 3)))
        const text = yield* Effect.fork(Stream.runCollect(Stream.take(agent.text, 2)))
        // Both streams listen before the run begins.
        yield* Effect.yieldNow()
        yield* agent.run("Think.")
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(deltas)), [
          { type: "thinking", text: "Hm." },
          { type: "text", text: "Well" },
          { type: "text", text: "." }
        ])
        assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Fiber.join(text)), ["Well", "."])
      }).pipe(Effect.provide(world({ model: Layer.orDie(OpenAiSupport.layerAt(server)) })))
    })
  )

  it.scopedLive("the key stays out of journal, spans and logs, also when the server repeats it", () =>
    Effect.gen(function* () {
      const { apiKey } = OpenAiSupport
      const server = yield* OpenAiSupport.serving(() => OpenAi.failure(401, { message: `bad key ${apiKey}` }))
      const memory = Telemetry.makeMemory()
      const logged: Array<string> = []
      const listening = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ cause, message }) => void logged.push(`${message} ${cause}`))
      )
      const model = Layer.orDie(ModelRouter.layer({ models: [{ layer: OpenAiSupport.layerAt(server) }] }))
      const all = yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const { error } = yield* agent.run("Say hello.", { outcome: true })
        assert.include(error, "<redacted>")
        yield* untilIdle
        return yield* records(agent.sessionId)
      }).pipe(
        Effect.provide(
          Layer.merge(
            world({ model }).pipe(Layer.provide(Telemetry.layer({ exporter: memory })), Layer.fresh),
            listening
          )
        )
      )
      assert.isAbove(memory.spans.length, 0)
      assert.isAbove(logged.length, 0)
      for (const seen of [all, memory.spans, logged]) {
        const text = JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? String(value) : value))
        assert.notInclude(text, apiKey)
      }
    })
  )
})

describe("a recorded run", () => {
  const recordedKinds = [
    "UserMessage",
    "RunStarted",
    "AssistantMessage",
    "ModelFailed",
    "ToolCall",
    "ToolResult",
    "RunFinished"
  ]
  const told = (all: Effect.Effect.Success<ReturnType<typeof records>>) =>
    all
      .filter(({ kind }) => recordedKinds.includes(kind.type))
      .map(({ kind }) => ({ ...kind, durationMs: 0, runId: "" }))

  it.effect("a recorded run is repeated by a replay without any network, turn by turn", () =>
    Effect.gen(function* () {
      let failures = 0
      // The script goes by the turns in the conversation, so the failure is played once only.
      const model = ScriptedModel.layer((_, turn) =>
        turn === 1 && failures++ === 0 ? Effect.fail(overloaded) : (script[turn] ?? { content: "done" })
      )
      const script = [
        {
          content: "I look.",
          ...calls("look", "look#again"),
          usage: { inputTokens: 50, outputTokens: 9 },
          costUsd: 0.25
        },
        { ...calls("write#w"), other: [{ type: "thinking", thinking: "Hm.", signature: "c2ln" }] },
        { content: "Done.", model: "scripted-2", fallback: { from: "x", reason: "Overloaded" } }
      ]
      const live = (layer: typeof model, name: string) =>
        Effect.gen(function* () {
          const agent = yield* spawn(name, { sessionId: name })
          yield* agent.run("Do it.")
          yield* untilIdle
          return (yield* checkStory(agent.sessionId)).all
        }).pipe(Effect.provide(population({ model: layer, thresholds: confident })))
      const first = yield* live(model, "first")
      const second = yield* live(ReplayModel.layer({ records: first }), "second")
      assert.strictEqual(failures, 2)
      assert.deepStrictEqual(told(second), told(first))
      assert.strictEqual(ofType(second, "ModelFailed").length, 1)
    }).pipe(Effect.provide(ground()))
  )

  it.effect("a recorded run has no answer to another conversation or beyond its end, and says where they differ", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Do it.")
      yield* untilIdle
      const all = yield* records(agent.sessionId)
      const replayed = Effect.map(Layer.build(ReplayModel.layer({ records: all })), Context.get(Model))
      const refused = Effect.fnUntraced(function* (...requests: ReadonlyArray<ReadonlyArray<Message>>) {
        const model = yield* replayed
        const given = yield* Effect.forEach(requests, (messages) =>
          Effect.either(model.generate({ sessionId: "s", system: "", messages, tools: [] }, () => {}))
        )
        const last = given.at(-1)
        return last !== undefined && Either.isLeft(last) ? `${last.left.reason}: ${last.left.message}` : "answered"
      })
      const ask: Message = { role: "user", content: "Do it." }
      const turn = (content: string, ...names: ReadonlyArray<string>): Message => ({
        role: "assistant",
        content,
        toolCalls: calls(...names).toolCalls ?? []
      })
      assert.strictEqual(yield* refused([ask], [ask, turn("I look.", "look")]), "answered")
      assert.include(
        yield* refused([ask, turn("Hello")]),
        "InvalidRequest: The recording has no answer for request 1: the conversation has 1 of the model's turns, and the recorded one has 0"
      )
      assert.include(yield* refused([ask], [ask, turn("I see.", "look")]), "has another text")
      assert.include(yield* refused([ask], [ask, turn("I look.", "write")]), "has other calls")
      assert.include(
        yield* refused([ask], [ask, turn("I look.", "look")], [ask]),
        "the recording has 2 answers, and this is request 3"
      )
    }).pipe(
      Effect.scoped,
      Effect.provide(world({ model: scripted({ content: "I look.", ...calls("look") }, { content: "Done." }) }))
    )
  )
})
