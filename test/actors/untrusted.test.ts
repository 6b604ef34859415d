/** Values that plugged-in code gives: none of them makes a journal that cannot be read again, or a run that never ends. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import {
  Homeostat,
  Ids,
  Limits,
  ModelError,
  type ModelTurn,
  Subsystem,
  type ToolCallRequest,
  ToolHarness
} from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import { calls, checkStory, ofType, outcomes, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, harness, openPolicy, reader, sender, type TestTool, world } from "../support/world.js"

/** A system with subsystems of its own. */
const withSubsystems = <const L extends ReadonlyArray<Subsystem.Any>>(
  subsystems: L,
  model: ReturnType<typeof scripted>,
  tools: { readonly [name: string]: TestTool }
) =>
  ActorSystem.layer({ policy: openPolicy, subsystems }).pipe(
    Layer.provide(Layer.mergeAll(model, harness(tools), Autonomic.layer(confident))),
    Layer.provideMerge(ground())
  )

describe("a model layer", () => {
  const ending = (turn: { readonly [field: string]: unknown }) =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const outcome = yield* agent.run("Go.", { outcome: true })
      const { all } = yield* checkStory(agent.sessionId)
      return { outcome, all }
    }).pipe(Effect.provide(world({ model: ScriptedModel.layer(() => turn as Partial<ModelTurn>) })))

  it.effect("a model whose token counts are no whole numbers is recorded with the next greater ones", () =>
    Effect.gen(function* () {
      const usage = { inputTokens: 1.5, outputTokens: 0.25, cacheReadTokens: 0, cacheWriteTokens: 0 }
      const { all, outcome } = yield* ending({ content: "done", usage })
      assert.strictEqual(outcome.reason, "completed")
      assert.deepStrictEqual(ofType(all, "AssistantMessage")[0]?.usage, { ...usage, inputTokens: 2, outputTokens: 1 })
    })
  )

  for (const [what, turn] of [
    ["no reason to stop", { content: "done", stopReason: undefined }],
    ["a content that is no text", { content: 7 }],
    ["more tokens than a number can count", { usage: { inputTokens: 1e21, outputTokens: 0 } }],
    ["tokens below zero", { content: "done", usage: { inputTokens: -1, outputTokens: 0 } }],
    ["dollars below zero", { content: "done", costUsd: -1 }],
    ["more dollars than there are", { content: "done", costUsd: 1e308 }],
    ["tokens without end", { content: "done", usage: { inputTokens: 2 ** 52, outputTokens: 0 } }],
    ["a long name of itself", { content: "done", model: "m".repeat(257) }],
    ["a long reason to stop", { content: "done", stopReason: "m".repeat(257) }],
    ["a long name of a tool", { toolCalls: [{ callId: "c", toolName: "l".repeat(257), input: {} }] }],
    ["a call without input", { toolCalls: [{ callId: "c", toolName: "look", input: undefined }] }]
  ] as const) {
    it.effect(`a model layer that gives ${what} ends the run with an error that says so`, () =>
      Effect.gen(function* () {
        const { all, outcome } = yield* ending(turn)
        assert.strictEqual(outcome.reason, "error")
        assert.include(outcome.error, "the model layer gave a turn that the journal cannot hold")
        assert.lengthOf(ofType(all, "AssistantMessage"), 0)
      })
    )
  }
})

describe("what a model asks for", () => {
  const asked = (toolCalls: ReadonlyArray<ToolCallRequest>) =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const outcome = yield* agent.run("Look.")
      const { all } = yield* checkStory(agent.sessionId)
      return { outcome, all }
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: ScriptedModel.layer((_, turn) => (turn === 0 ? { toolCalls } : { content: "done" })),
          tools: { look: reader }
        })
      )
    )

  it.effect("a call whose id is longer than the limit gets an id of the system and runs", () =>
    Effect.gen(function* () {
      const { all, outcome } = yield* asked([
        { callId: "a", toolName: "look", input: {} },
        { callId: "b".repeat(3_000_000), toolName: "look", input: {} },
        { callId: "b".repeat(3_000_000), toolName: "look", input: {} }
      ])
      assert.strictEqual(outcome.reason, "completed")
      assert.deepStrictEqual(outcomes(all), ["look ok", "look ok", "look ok"])
      const ids = ofType(all, "ToolCall").map(({ callId }) => callId)
      assert.strictEqual(ids[0], "a")
      for (const id of ids.slice(1)) assert.match(id, /^[0-9A-Z]{26}$/)
      assert.strictEqual(new Set(ids).size, 3)
    })
  )

  it.effect("an input that is not JSON is refused when its form in the journal is larger than the limit", () =>
    Effect.gen(function* () {
      const { all, outcome } = yield* asked([
        { callId: "a", toolName: "look", input: null, malformed: "\u0001".repeat(900_000) }
      ])
      assert.strictEqual(outcome.reason, "completed")
      assert.lengthOf(ofType(all, "ToolCall"), 0)
      assert.include(JSON.stringify(ofType(all, "UserMessage")), "5400002 bytes")
    })
  )

  it.effect("an error of a model layer of 5 MB is recorded in part", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const outcome = yield* agent.run("Go.", { outcome: true })
      assert.strictEqual(outcome.reason, "error")
      const { all } = yield* checkStory(agent.sessionId)
      const [failed] = ofType(all, "ModelFailed")
      assert.strictEqual(failed?.message.length, Limits.messageCharactersMax)
    }).pipe(
      Effect.provide(
        world({
          model: ScriptedModel.layer(() =>
            Effect.fail(
              new ModelError({
                provider: "scripted",
                reason: "InvalidRequest",
                retryable: false,
                message: "x".repeat(5_000_000)
              })
            )
          )
        })
      )
    )
  )
})

describe("a tool harness", () => {
  it.live("a tool harness that interrupts itself fails the agent, which is restarted", () => {
    let prepared = 0
    const tools = Layer.effect(
      ToolHarness,
      Effect.map(ToolHarness, (own) => ({
        ...own,
        prepare: (call) => (++prepared === 1 ? Effect.interrupt : own.prepare(call))
      }))
    ).pipe(Layer.provide(harness({ look: reader })))
    const system = ActorSystem.layer({ policy: openPolicy, supervision: { backoffMs: 1 } }).pipe(
      Layer.provide(Layer.mergeAll(scripted(calls("look")), tools, Autonomic.layer(confident))),
      Layer.provideMerge(ground())
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["look ok"])
    }).pipe(Effect.provide(system))
  })
})

describe("a homeostat", () => {
  for (const [what, uncertainty] of [
    ["out of its range", 1.2],
    ["NaN", Number.NaN]
  ] as const) {
    it.live(`a homeostat whose gauge is ${what} ends the run with an error that names it`, () => {
      const homeostat = Layer.effect(
        Homeostat,
        Effect.map(Homeostat, (own) => ({ ...own, measure: (vector, _) => ({ ...vector, uncertainty }) }))
      ).pipe(Layer.provide(Autonomic.layer(confident)))
      const system = ActorSystem.layer({ policy: openPolicy, supervision: { restartsMax: 0 } }).pipe(
        Layer.provide(Layer.mergeAll(scripted(), harness({ look: reader }), Layer.orDie(homeostat))),
        Layer.provideMerge(ground())
      )
      return Effect.gen(function* () {
        const agent = yield* spawn()
        const outcome = yield* agent.run("Go.", { outcome: true })
        assert.include(outcome.error, "the Homeostat gave no vector that can be used")
        yield* checkStory(agent.sessionId)
      }).pipe(Effect.provide(system))
    })
  }
})

describe("a person's program", () => {
  it.effect("an answer to an approval that does not say who answers is refused, and the call waits on", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* Effect.fork(agent.run("Replace it."))
      yield* Effect.yieldNow()
      yield* untilIdle
      const approvalId = (yield* agent.snapshot).approvals[0]?.approvalId ?? "none"
      const error = yield* Effect.flip(agent.approve(approvalId, {} as never))
      assert.strictEqual(error._tag === "ApprovalError" && error.reason, "InvalidGrant")
      assert.lengthOf((yield* agent.snapshot).approvals, 1)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(calls("replace")),
          tools: { replace: { capabilities: ["fs:overwrite:/old"] } }
        })
      )
    )
  )
})

describe("a gate that looks at what was done", () => {
  const once = Subsystem.make({
    name: "once",
    projection: {
      version: 1,
      schema: Schema.Struct({ sent: Schema.Int }),
      initial: { sent: 0 },
      on: { ToolResult: ({ sent }, { status }) => ({ sent: sent + (status === "ok" ? 1 : 0) }) }
    },
    decide: { one: (_, { own }) => (own.sent > 0 ? { decision: "deny", reason: "one was sent already" } : undefined) }
  })

  it.effect("a gate that looks at what was done is not passed by several calls of one turn", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Send.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["send ok", "send denied", "send denied"])
      assert.include(JSON.stringify(ofType(all, "ToolResult")[1]?.output), "one was sent already")
    }).pipe(
      Effect.provide(
        withSubsystems([once], scripted(calls("send#1", "send#2", "send#3")), { look: reader, send: sender })
      )
    )
  )
})

describe("a gate that looks at what calls side by side have done", () => {
  const once = Subsystem.make({
    name: "once",
    projection: {
      version: 1,
      schema: Schema.Struct({ done: Schema.Int }),
      initial: { done: 0 },
      on: { ToolResult: ({ done }, { status }) => ({ done: done + (status === "ok" ? 1 : 0) }) }
    },
    decide: { one: (_, { own }) => (own.done > 0 ? { decision: "deny", reason: "it was done already" } : undefined) }
  })
  const helper: TestTool = { annotations: { idempotent: true, parallel: true }, capabilities: ["agents:spawn:child"] }

  it.effect("a gate is asked again about the call after calls side by side, and not about their own side", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Go.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["help ok", "help ok", "send denied"])
    }).pipe(
      Effect.provide(
        withSubsystems([once], scripted(calls("help#1", "help#2", "send#3")), { help: helper, send: sender })
      )
    )
  )
})

describe("a reducer that breaks in the middle of a run", () => {
  const broken = Subsystem.make({
    name: "broken",
    projection: {
      version: 1,
      schema: Schema.Struct({}),
      initial: {},
      on: {
        ToolResult: () => {
          throw new Error("a reducer of ours")
        }
      }
    }
  })

  it.live("a reducer that breaks in the middle of a run ends the wait for it with an error that names it", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const error = yield* Effect.flip(agent.run("Look."))
      assert.strictEqual(error._tag === "RunError" && error.reason, "Failed")
      assert.include(error.message, "the projection of broken threw")
    }).pipe(
      Effect.provide(
        ActorSystem.layer({ policy: openPolicy, subsystems: [broken], supervision: { restartsMax: 0 } }).pipe(
          Layer.provide(Layer.mergeAll(scripted(calls("look")), harness({ look: reader }), Autonomic.layer(confident))),
          Layer.provideMerge(ground())
        )
      )
    )
  )
})

describe("a subsystem whose layer brings a port", () => {
  it.effect("a subsystem whose layer brings a port is refused, because requirements must not depend on it", () =>
    Effect.gen(function* () {
      const shadow = Subsystem.make({ name: "shadow", layer: Ids.layerSeeded(7) })
      const error = yield* Effect.flip(Layer.build(withSubsystems([shadow], scripted(), { look: reader })))
      assert.strictEqual(error._tag, "SubsystemError")
      assert.include(
        error.message,
        "the system that it is plugged into and shadow both bring the service life-agent-os/Ids"
      )
    }).pipe(Effect.scoped)
  )
})
