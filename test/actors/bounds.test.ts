import { assert, describe, it } from "@effect/vitest"
import { Effect, TestClock } from "effect"
import { type BudgetState, ModelError, type ModelRequest, ToolError } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { calls, checkStory, errorOf, ofType, outcomes, scripted, spawn, type Turn } from "../support/story.js"
import { confident, reader, type TestTool, world, writer } from "../support/world.js"

/** A model that never comes to an end by itself. */
const tireless = (turn: (n: number) => Turn) => ScriptedModel.layer((_, n) => turn(n))

const usage = { inputTokens: 900, outputTokens: 100 }

const failure = (retryable: boolean, message: string): ModelError =>
  new ModelError({ provider: "scripted", reason: retryable ? "Overloaded" : "InvalidRequest", retryable, message })

const broken: TestTool = {
  ...reader,
  run: () => new ToolError({ toolName: "broken", reason: "Unavailable", message: "out of order" })
}

const slow: TestTool = { ...reader, run: () => Effect.as(TestClock.adjust("40 seconds"), "seen") }

describe("a budget", () => {
  const bounded = (
    name: string,
    budget: Partial<BudgetState>,
    turn: (n: number) => Turn,
    reason: string,
    ticks: number
  ) =>
    it.effect(`a budget of ${name} ends the run and never goes below zero`, () =>
      Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* agent.run("Go on for ever.", { budget })
        assert.strictEqual(run.reason, reason)
        assert.strictEqual(run.ticks, ticks)
        yield* checkStory(agent.sessionId)
        const field = Object.keys(budget)[0] as keyof BudgetState
        assert.strictEqual((yield* agent.snapshot).budget[field], 0)
      }).pipe(Effect.provide(world({ model: tireless(turn), tools: { look: reader, slow, broken } })))
    )

  const look = (n: number) => ({ ...calls(`look#${n}`), usage, costUsd: 0.3 })
  bounded("tokens", { tokensRemaining: 2_500 }, look, "budget_tokens", 5)
  bounded("money", { costRemainingUsd: 0.5 }, look, "budget_cost", 3)
  bounded("time", { timeRemainingMs: 60_000 }, (n) => calls(`slow#${n}`), "budget_time", 4)
  bounded("ticks", { ticksRemaining: 7 }, look, "budget_ticks", 7)
  bounded("errors", { errorBudgetRemaining: 3 }, (n) => calls(`broken#${n}`), "budget_errors", 6)
  bounded("tool calls", { toolCallsRemaining: 2 }, look, "budget_tool_calls", 5)
  bounded("no ticks at all", { ticksRemaining: 0 }, look, "budget_ticks", 1)

  it.effect("a budget does not grow by the usage that a model reports", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const budget = { tokensRemaining: 1_000, costRemainingUsd: 1 }
      yield* agent.run("Do it.", { budget, outcome: true })
      const { costRemainingUsd, tokensRemaining } = (yield* agent.snapshot).budget
      assert.deepStrictEqual({ tokensRemaining, costRemainingUsd }, budget)
    }).pipe(
      Effect.provide(
        world({
          model: scripted({ content: "done", usage: { inputTokens: -5_000, outputTokens: -1 }, costUsd: -3 })
        })
      )
    )
  )

  it.effect("a budget of tool calls holds within one turn, and the model may still answer", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Look.", { budget: { toolCallsRemaining: 2 } })
      assert.strictEqual(run.reason, "completed")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all).toSorted(), ["look denied", "look ok", "look ok"])
      const refused = ofType(all, "ToolResult").find(({ status }) => status === "denied")
      assert.include(refused && errorOf(refused), "used up")
    }).pipe(Effect.provide(world({ model: scripted(calls("look#1", "look#2", "look#3")), tools: { look: reader } })))
  )

  it.effect("a budget that ends while calls are open leaves the next run a clean conversation", () => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push({ ...request, messages: [...request.messages] })
      return turn === 0 ? { ...calls("look"), usage } : { content: "done" }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("First.", { budget: { tokensRemaining: 10 } })).reason, "budget_tokens")
      assert.strictEqual((yield* agent.run("Second.")).reason, "completed")
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["look cancelled"])
      assert.deepStrictEqual(
        requests[1]?.messages.map(({ role }) => role),
        ["user", "assistant", "tool", "user"]
      )
      assert.deepStrictEqual(requests[1]?.messages.at(-1), { role: "user", content: "Second." })
    }).pipe(Effect.provide(world({ model, tools: { look: reader } })))
  })
})

describe("a turn", () => {
  it.effect("a turn that was cut off or empty is nudged, and the error budget bounds that", () => {
    const requests: Array<string> = []
    const model = ScriptedModel.layer(({ messages }, turn) => {
      requests.push(JSON.stringify(messages.at(-1)))
      return turn % 2 === 0 ? { content: "I was just", stopReason: "max_tokens" } : { content: "  " }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Tell me.", { budget: { errorBudgetRemaining: 4 } })
      assert.strictEqual(run.reason, "budget_errors")
      assert.strictEqual(run.ticks, 4)
      assert.include(requests[1], "cut off at the output limit")
      assert.include(requests[2], "neither an answer nor a tool call")
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model })))
  })

  it.effect("a run with a turn that was cut off goes on and may still end well", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Tell me.")
      assert.strictEqual(run.reason, "completed")
      assert.strictEqual(run.finalAnswer, "done")
    }).pipe(Effect.provide(world({ model: scripted({ content: "I am", stopReason: "max_tokens" }) })))
  )

  it.effect("a turn that refuses ends the run as refused", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Do harm.")
      assert.strictEqual(run.reason, "refused")
      assert.strictEqual(run.ticks, 1)
      yield* checkStory(agent.sessionId)
      assert.strictEqual((yield* agent.run("Do good.")).reason, "completed")
    }).pipe(Effect.provide(world({ model: scripted({ content: "No.", stopReason: "refusal" }) })))
  )

  it.effect("a turn that asks for a thousand calls gets no more than the bounds allow", () => {
    let ran = 0
    const look: TestTool = { ...reader, run: () => Effect.sync(() => `${++ran}`) }
    const names = Array.from({ length: 1_000 }, (_, n) => `look#${n}`)
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Look.", { budget: { toolCallsRemaining: 100 } })
      assert.strictEqual(run.reason, "completed")
      assert.strictEqual(ran, 64)
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "ToolCall"), 64)
    }).pipe(Effect.provide(world({ model: scripted(calls(...names)), tools: { look } })))
  })

  it.effect("a turn that gives a call id twice gets one outcome for it", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["look ok"])
    }).pipe(Effect.provide(world({ model: scripted(calls("look#same", "look#same")), tools: { look: reader } })))
  )

  it.effect("a turn may use the call id of an earlier turn", () => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push({ ...request, messages: [...request.messages] })
      return turn < 2 ? calls(turn === 0 ? "look#same" : "write#same") : { content: "done" }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.")
      assert.deepStrictEqual(
        (requests[2]?.messages ?? []).flatMap((message) =>
          message.role === "tool" ? message.results.map(({ callId, toolName }) => [callId, toolName]) : []
        ),
        [
          ["same", "look"],
          ["same", "write"]
        ]
      )
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model, thresholds: confident, tools: { look: reader, write: writer } })))
  })

  it.effect("a turn that names an unknown tool or gives input that is not JSON is told so, and nothing runs", () => {
    let ran = 0
    const look: TestTool = { ...reader, run: () => Effect.sync(() => `${++ran}`) }
    const malformed = { toolCalls: [{ callId: "m", toolName: "look", input: null, malformed: '{"path": ' }] }
    return Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "ToolResult").map((result) => [result.status, errorOf(result)]),
        [
          ["error", "there is no tool fly"],
          ["error", "the input is not JSON"]
        ]
      )
      assert.strictEqual(ofType(all, "ToolCall")[1]?.malformed, '{"path": ')
      assert.strictEqual(ran, 0)
    }).pipe(Effect.provide(world({ model: scripted(calls("fly"), malformed), tools: { look } })))
  })
})

describe("a model failure", () => {
  it.effect("a final model failure ends the run with its message", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Think.", { outcome: true })
      assert.strictEqual(run.reason, "error")
      assert.strictEqual(run.error, "the key is wrong; set another one")
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "RunErrored"), 1)
      assert.lengthOf(ofType(all, "RunFinished"), 0)
    }).pipe(
      Effect.provide(world({ model: tireless(() => Effect.fail(failure(false, "the key is wrong; set another one"))) }))
    )
  )

  it.effect("a model failure that may pass is tried again in the next tick", () => {
    let failures = 2
    const model = tireless(() =>
      Effect.suspend(() => (failures-- > 0 ? failure(true, "overloaded") : Effect.succeed({ content: "At last." })))
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Think.")
      assert.strictEqual(run.finalAnswer, "At last.")
      assert.strictEqual(run.ticks, 3)
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "ModelFailed"), 2)
    }).pipe(Effect.provide(world({ model })))
  })

  it.effect("a model failure that never passes is not tried for ever", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Think.")
      assert.strictEqual(run.reason, "budget_errors")
      assert.strictEqual(run.ticks, 8)
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ model: tireless(() => Effect.fail(failure(true, "overloaded"))) })))
  )
})
