/** The ids of calls between a provider, the journal and the next request, over each wire format. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { Ids, Model } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { dialects } from "../layers/arcan/dialects.js"
import { serving } from "../layers/arcan/support.js"
import { checkStory, ofType, outcomes, records, spawn } from "../support/story.js"
import { confident, ground, population, reader, world } from "../support/world.js"

interface Body {
  readonly messages: unknown
}

/** The ids of the calls and of the results in a request of any provider. */
const idsIn = ({ messages }: Body) => {
  const text = JSON.stringify(messages)
  const found = (pattern: RegExp) => [...text.matchAll(pattern)].map(([, id]) => id ?? "")
  return { calls: found(/"id":"([^"]*)"/g), results: found(/"tool_(?:use|call)_id":"([^"]*)"/g) }
}

describe.each(dialects)("the calls of %s", (_, dialect) => {
  it.live("a provider that repeats an id, or gives one of 400 000 characters, costs no call and no room", () =>
    Effect.gen(function* () {
      const long = "x".repeat(400_000)
      const asks = (...ids: ReadonlyArray<string>) =>
        dialect.calls(
          "",
          ids.map((id) => ({ id, name: "look", pieces: ["{}"] })),
          "tool_use"
        )
      const server = yield* serving<Body>([asks("a", long), asks(long, "a"), dialect.says("Done.")])
      const model = yield* dialect.modelAt(server)
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        assert.strictEqual((yield* agent.run("Look.")).finalAnswer, "Done.")
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(outcomes(all), ["look ok", "look ok", "look ok", "look ok"])
        const ids = ofType(all, "ToolCall").map(({ callId }) => callId)
        assert.strictEqual(new Set(ids).size, 4)
        for (const id of ids) assert.match(id, /^[0-9A-Z]{26}$/)
        assert.isBelow(JSON.stringify(all).length, 50_000)
      }).pipe(
        Effect.provide(world({ model: Layer.succeed(Model, model), tools: { look: reader }, thresholds: confident }))
      )
      assert.strictEqual(server.requests.length, 3)
      const { calls, results } = idsIn((yield* Effect.promise(() => server.received(2))).body)
      assert.strictEqual(new Set(calls).size, 4)
      assert.deepStrictEqual(results, calls)
    }).pipe(Effect.scoped)
  )

  it.live("a session with ids of another provider goes on, and its requests have one id for each call", () =>
    Effect.gen(function* () {
      // Ids as journals of earlier versions have them: valid, of another form, too long, and repeated.
      const turns = [["toolu_01A", "functions.look:0", "y".repeat(200)], ["toolu_01A"]]
      const old = ScriptedModel.layer((_request, turn) => ({
        content: "ok",
        toolCalls: (turns[turn] ?? []).map((callId) => ({ callId, toolName: "look", input: {} }))
      }))
      const server = yield* serving<Body>(() => dialect.says("Done."))
      const model = Layer.succeed(Model, yield* dialect.modelAt(server))
      const run = Effect.flatMap(spawn("scribe", { sessionId: "s" }), (agent) => agent.run("Look."))
      const shared = { tools: { look: reader }, thresholds: confident }
      yield* Effect.gen(function* () {
        yield* Effect.provide(run, population({ model: old, ...shared }))
        const before = ofType(yield* records("s"), "ToolCall").map(({ callId }) => callId)
        assert.deepStrictEqual(before, turns.flat())
        assert.strictEqual((yield* Effect.provide(run, population({ model, ...shared }))).finalAnswer, "Done.")
        yield* checkStory("s")
      }).pipe(Effect.provide(ground()))
      const { calls, results } = idsIn((yield* Effect.promise(() => server.received(0))).body)
      assert.strictEqual(calls.length, 4)
      assert.strictEqual(new Set(calls).size, 4)
      assert.strictEqual(calls[0], "toolu_01A")
      assert.deepStrictEqual(results, calls)
      for (const id of calls) assert.isAtMost(id.length, 40)
    }).pipe(Effect.scoped)
  )

  it.live("a model that is built inside of a system takes its ids from the port of the system", () =>
    Effect.gen(function* () {
      const calls = [{ id: "a", name: "look", pieces: ["{}"] }]
      const server = yield* serving<Body>(() => dialect.calls("", calls, "tool_use"))
      let asked = 0
      const counting = Layer.effect(
        Ids,
        Effect.map(Ids, (ids) => ({ ...ids, ulidAt: (nowMs: number) => (asked++, ids.ulidAt(nowMs)) }))
      ).pipe(Layer.provide(Ids.layerSeeded(1)))
      const built = yield* Effect.provide(dialect.modelAt(server), counting)
      const context = Context.make(Model, built)
      yield* Effect.flatMap(Effect.provide(Model, context), (model) =>
        model.generate(
          { sessionId: "s", system: "", messages: [{ role: "user", content: "Look." }], tools: [] },
          () => {}
        )
      )
      assert.strictEqual(asked, 1)
    }).pipe(Effect.scoped)
  )
})
