import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Layer, Scope } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, type ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { dying } from "../support/faults.js"
import { checkStory, errorOf, ofType, outcomes, spawn } from "../support/story.js"
import { confident, ground, population, reader, type World, world } from "../support/world.js"

const call = (
  callId: string,
  input: { readonly [key: string]: number } = { a: 1, b: 2 }
): ScriptedModel.ScriptedTurn => ({
  toolCalls: [{ callId, toolName: "look", input }]
})

const rules = (all: Parameters<typeof ofType>[0]) =>
  ofType(all, "PolicyEvaluated").map(({ callId, decision, ruleId }) => `${callId} ${decision} ${ruleId}`)

/** A model that makes one call for ever, and keeps the requests that it was given. */
const stubborn = () => {
  const requests: Array<ModelRequest> = []
  const model = ScriptedModel.layer((request, turn) => {
    requests.push({ ...request, messages: [...request.messages] })
    // Another order of keys makes no other call.
    return call(`${turn}`, turn % 2 === 0 ? { a: 1, b: 2 } : { b: 2, a: 1 })
  })
  return { model, requests }
}

describe("a call that is made over and over with the same arguments", () => {
  it.effect("a repeated call is warned of at the third time, denied from the fifth on, and then ends the run", () => {
    const { model, requests } = stubborn()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Look.")
      assert.strictEqual(run.reason, "budget_errors")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), [
        ...Array.from({ length: 4 }, () => "look ok"),
        ...Array.from({ length: 8 }, () => "look denied")
      ])
      assert.deepStrictEqual(rules(all).slice(0, 4), [
        "2 allow loop:warn",
        "3 allow loop:warn",
        "4 deny loop:stop",
        "5 deny loop:stop"
      ])
      const results = ofType(all, "ToolResult")
      assert.deepStrictEqual(
        results.slice(0, 5).map(({ note = "" }) => /^This is call \d of look/.exec(note)?.[0]),
        [undefined, undefined, "This is call 3 of look", "This is call 4 of look", undefined]
      )
      const stopped = results[4]
      assert.match(stopped === undefined ? "" : errorOf(stopped), /^Loop detection stopped look: it was called 5 times/)
      // The model reads the warning inside the result.
      const told = requests[3]?.messages.at(-1)
      assert.isTrue(told?.role === "tool" && JSON.stringify(told.results[0]?.output).includes("This is call 3"))
    }).pipe(Effect.provide(world({ thresholds: confident, model, tools: { look: reader } })))
  })

  it.effect("a repeated call is counted anew after another call, and in the next run", () => {
    const turns = [
      ...["1", "2", "3", "4"].map((id) => call(id)),
      call("other", { a: 2 }),
      ...["5", "6"].map((id) => call(id)),
      { content: "once" },
      ...["7", "8", "9"].map((id) => call(id))
    ]
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.")
      yield* agent.run("Look again.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(rules(all), ["3 allow loop:warn", "4 allow loop:warn", "9 allow loop:warn"])
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: ScriptedModel.layer((_, turn) => turns[turn] ?? { content: "done" }),
          tools: { look: reader }
        })
      )
    )
  })

  it.scoped("a repeated call is counted on by the next process", () =>
    Effect.gen(function* () {
      const options: World = { thresholds: confident, model: stubborn().model, tools: { look: reader } }
      const base = yield* Layer.build(ground())
      const died = yield* Deferred.make<void>()
      const mortal = Layer.mergeAll(
        Layer.succeedContext(base),
        dying(
          Layer.succeed(Journal, Context.get(base, Journal)),
          (_, { events }) =>
            events.some(({ kind }) => "callId" in kind && kind.type === "ToolResult" && kind.callId === "3"),
          "after",
          died
        )
      )
      const first = yield* Layer.buildWithScope(Layer.provide(population(options), mortal), yield* Scope.make())
      yield* spawn("scribe", { sessionId: "s" }).pipe(
        Effect.flatMap((agent) => agent.run("Look.")),
        Effect.provide(first),
        Effect.forkDaemon
      )
      yield* Deferred.await(died)
      const second = yield* Layer.build(Layer.provide(population(options), Layer.succeedContext(base)))
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
        assert.strictEqual((yield* agent.outcome).reason, "budget_errors")
        const { all } = yield* checkStory("s")
        assert.include(rules(all), "4 deny loop:stop")
        assert.lengthOf(
          outcomes(all).filter((outcome) => outcome === "look ok"),
          4
        )
      }).pipe(Effect.provide(Context.merge(base, second)))
    })
  )
})
