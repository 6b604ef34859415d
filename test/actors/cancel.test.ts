import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { SqliteJournal } from "../../src/layers/lago/index.js"
import { intercepted } from "../support/faults.js"
import { calls, checkStory, endless, ofType, outcomes, scripted, spawn } from "../support/story.js"
import { confident, reader, type TestTool, world, writer } from "../support/world.js"

describe("cancelling", () => {
  it.effect("cancelling interrupts the model call", () =>
    Effect.gen(function* () {
      const { effect, interrupted, reached } = yield* endless
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Think."))
        yield* reached
        yield* agent.cancel("changed my mind")
        assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
        assert.isTrue(yield* Deferred.isDone(interrupted))
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(
          ofType(all, "ExternalSignal").map(({ signalType, data }) => [signalType, data]),
          [["cancel", "changed my mind"]]
        )
        assert.lengthOf(ofType(all, "AssistantMessage"), 0)
      }).pipe(Effect.provide(world({ model: scripted(effect) })))
    })
  )

  it.effect("cancelling interrupts the tools that run, and the calls that have not begun never do", () =>
    Effect.gen(function* () {
      const { effect, interrupted, reached } = yield* endless
      let wrote = 0
      const tools = {
        look: reader,
        wait: { ...writer, run: () => effect } satisfies TestTool,
        write: { ...writer, run: () => Effect.sync(() => ++wrote) } satisfies TestTool
      }
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Do it."))
        yield* reached
        yield* agent.cancel("stop")
        const { reason, unverified } = yield* Fiber.join(run)
        assert.strictEqual(reason, "cancelled")
        // The journal cannot say how far the change came.
        assert.deepStrictEqual(unverified, ["wait"])
        assert.isTrue(yield* Deferred.isDone(interrupted))
        assert.strictEqual(wrote, 0)
        const { all } = yield* checkStory(agent.sessionId)
        assert.deepStrictEqual(outcomes(all), ["look ok", "wait cancelled", "write cancelled"])
      }).pipe(Effect.provide(world({ model: scripted(calls("look", "wait", "write")), tools, thresholds: confident })))
    })
  )

  it.effect("cancelling between two acts ends the run before the next one", () => {
    let asked = 0
    let agent: Agent | undefined
    // While the outcome of the tool becomes durable, nothing runs that could be interrupted.
    const journal = intercepted(SqliteJournal.layerMemory, (_, { events }, run) =>
      agent !== undefined && events.some(({ kind }) => kind.type === "ToolResult")
        ? Effect.zipRight(Effect.forkDaemon(Effect.interruptible(agent.cancel("enough"))), run)
        : run
    )
    const model = ScriptedModel.layer((_, turn) => {
      asked++
      return turn === 0 ? calls("look") : calls(`look#${turn}`)
    })
    return Effect.gen(function* () {
      agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Look.")).reason, "cancelled")
      agent = undefined
      assert.strictEqual(asked, 1)
    }).pipe(Effect.provide(world({ model, tools: { look: reader }, journal })))
  })

  it.effect("cancelling twice does no harm", () =>
    Effect.gen(function* () {
      const { effect, reached } = yield* endless
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* Effect.fork(agent.run("Think."))
        yield* reached
        const both = yield* Effect.all([Effect.exit(agent.cancel("one")), Effect.exit(agent.cancel("two"))], {
          concurrency: 2
        })
        assert.strictEqual(both[0]._tag, "Success")
        assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
        yield* checkStory(agent.sessionId)
        assert.strictEqual((yield* agent.run("Think again.")).reason, "completed")
      }).pipe(
        Effect.provide(
          world({
            model: ScriptedModel.layer(({ messages }) => (messages.length === 1 ? effect : { content: "done" }))
          })
        )
      )
    })
  )

  it.effect("cancelling without a run says that there is none", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const error = yield* Effect.flip(agent.cancel("why not"))
      assert.strictEqual(error.reason, "NotRunning")
      yield* agent.run("Go.")
      assert.strictEqual((yield* Effect.flip(agent.cancel("too late"))).reason, "NotRunning")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )
})
