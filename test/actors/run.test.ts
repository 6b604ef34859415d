import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { defaultBudget, Journal, mainBranch, type ModelRequest, typeOf } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { calls, checkStory, fold, ofType, phaseByPhase, records, scripted, spawn, untilIdle } from "../support/story.js"
import { reader, remembering, world } from "../support/world.js"

const twoCalls = scripted(
  { ...calls("look"), usage: { inputTokens: 100, outputTokens: 20 }, costUsd: 0.01 },
  { ...calls("write"), usage: { inputTokens: 200, outputTokens: 30, cacheReadTokens: 50 }, costUsd: 0.02 },
  { content: "It is written.", usage: { inputTokens: 300, outputTokens: 40, cacheWriteTokens: 5 }, costUsd: 0.03 }
)

const phase = (name: string): string => `-> ${name}`
const golden = [
  "SessionCreated",
  "UserMessage",
  "RunStarted",
  // tick 1: think
  ...["orient", "decide", "act"].map(phase),
  "AssistantMessage",
  "ToolCall",
  "-> observe",
  "StateEstimated",
  ...["learn", "regulate", "report", "perceive"].map(phase),
  // tick 2: look
  ...["orient", "decide", "act"].map(phase),
  "ToolResult",
  "-> observe",
  "StateEstimated",
  "-> learn",
  "-> regulate",
  "ModeChanged",
  ...["report", "perceive"].map(phase),
  // tick 3: think
  ...["orient", "decide", "act"].map(phase),
  "AssistantMessage",
  "ToolCall",
  "-> observe",
  "StateEstimated",
  ...["learn", "regulate", "report", "perceive"].map(phase),
  // tick 4: write
  ...["orient", "decide", "act"].map(phase),
  "ToolResult",
  "-> observe",
  "StateEstimated",
  ...["learn", "regulate", "report", "perceive"].map(phase),
  // tick 5: answer
  ...["orient", "decide", "act"].map(phase),
  "AssistantMessage",
  "-> observe",
  "StateEstimated",
  "-> learn",
  "MemoryStored",
  "-> regulate",
  "ModeChanged",
  "-> report",
  "RunFinished",
  "-> perceive",
  "CheckpointCreated"
]

describe("a run", () => {
  it.effect("a run is told by its journal event by event", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Write it down.")
      const { all, stateHash } = yield* Effect.zipRight(untilIdle, checkStory(agent.sessionId, fold))
      assert.deepStrictEqual(
        all
          .flatMap(({ kind }) => phaseByPhase(kind))
          .map((kind) => (kind.type === "PhaseEntered" && "phase" in kind ? phase(kind.phase) : typeOf(kind))),
        golden
      )
      assert.strictEqual(run.reason, "completed")
      assert.strictEqual(run.finalAnswer, "It is written.")
      assert.strictEqual(run.ticks, 5)
      const view = yield* agent.snapshot
      assert.strictEqual(view.stateHash, stateHash)
      assert.strictEqual(view.head, all.length)
      assert.strictEqual(view.mode, "Sleep")
    }).pipe(Effect.provide(remembering({ model: twoCalls })))
  )

  it.effect("a run sums up usage and cost and takes them from its budget", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Write it down.")
      assert.deepStrictEqual(run.usage, {
        inputTokens: 600,
        outputTokens: 90,
        cacheReadTokens: 50,
        cacheWriteTokens: 5
      })
      assert.closeTo(run.costUsd, 0.06, 1e-9)
      const { budget } = yield* agent.snapshot
      assert.deepStrictEqual(budget, {
        ...defaultBudget,
        tokensRemaining: defaultBudget.tokensRemaining - 745,
        costRemainingUsd: 4.94,
        toolCallsRemaining: defaultBudget.toolCallsRemaining - 2,
        ticksRemaining: defaultBudget.ticksRemaining - 5
      })
    }).pipe(Effect.provide(world({ model: twoCalls })))
  )

  it.effect("a run gets the memory of the run before it, and a budget of its own", () => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push({ ...request, messages: [...request.messages] })
      return turn === 0 ? { content: "The cat is black." } : { content: "Black, as I said." }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look at the cat.", { budget: { ticksRemaining: 7 } })
      yield* agent.run("Which colour has it?", { budget: { ticksRemaining: 9 } })
      yield* untilIdle
      const { all } = yield* checkStory(agent.sessionId, fold)
      assert.lengthOf(ofType(all, "RunStarted"), 2)
      assert.lengthOf(ofType(all, "RunFinished"), 2)
      const [stored] = ofType(all, "MemoryStored")
      assert.deepStrictEqual(
        ofType(all, "MemoryRetrieved").flatMap(({ memoryIds }) => memoryIds),
        [stored?.memoryId ?? "none"]
      )
      assert.notInclude(requests[0]?.system, "The cat is black.")
      assert.include(requests[1]?.system, "- The cat is black.")
      assert.deepStrictEqual(
        requests[1]?.messages.map((message) => ("content" in message ? message.content : "")),
        ["Look at the cat.", "The cat is black.", "Which colour has it?"]
      )
      assert.strictEqual((yield* agent.snapshot).budget.ticksRemaining, 8)
    }).pipe(Effect.provide(remembering({ model })))
  })

  it.effect("a run is refused for an empty, blank or oversized objective without a trace in the journal", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      for (const [objective, reason] of [
        ["", "Empty"],
        [" \n\t ", "Empty"],
        ["x".repeat(1024 * 1024), "TooLarge"],
        // The limit counts bytes, not characters.
        ["ö".repeat(32_769), "TooLarge"]
      ] as const) {
        const error = yield* Effect.flip(agent.run(objective))
        assert.strictEqual(error.reason, reason)
        assert.include(error.message, "scribe")
      }
      assert.deepStrictEqual(
        (yield* records(agent.sessionId)).map(({ kind }) => kind.type),
        ["SessionCreated"]
      )
      assert.strictEqual((yield* agent.run("ö".repeat(32_768))).reason, "completed")
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("a run is refused for a malformed budget", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      for (const budget of [{ ticksRemaining: -1 }, { tokensRemaining: 1.5 }, { costRemainingUsd: Number.NaN }]) {
        const error = yield* Effect.flip(agent.run("Go.", { budget }))
        assert.strictEqual(error.reason, "InvalidBudget")
        assert.include(error.message, Object.keys(budget).join())
      }
      assert.lengthOf(yield* records(agent.sessionId), 1)
    }).pipe(Effect.provide(world({ model: scripted() })))
  )

  it.effect("a run that is started is durable when its id is given, and its outcome can be waited for", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const runId = yield* agent.start("Look.", { budget: { ticksRemaining: 9 } })
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "RunStarted").map((started) => [started.runId, started.budget.ticksRemaining]),
        [[runId, 9]]
      )
      assert.strictEqual((yield* Effect.flip(agent.start("Again."))).reason, "Busy")
      assert.strictEqual((yield* agent.outcome).runId, runId)
    }).pipe(Effect.provide(world({ model: scripted(calls("look")) })))
  )

  it.effect("a run keeps other runs out until it has ended", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      const wait = Effect.zipRight(Deferred.succeed(reached, undefined), Deferred.await(release))
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        const first = yield* Effect.fork(agent.run("First."))
        yield* Deferred.await(reached)
        const error = yield* Effect.flip(agent.run("Second."))
        assert.strictEqual(error.reason, "Busy")
        yield* Deferred.succeed(release, undefined)
        const run = yield* Fiber.join(first)
        assert.include(error.message, run.runId)
        assert.lengthOf(ofType((yield* checkStory(agent.sessionId)).all, "UserMessage"), 1)
        assert.strictEqual((yield* agent.run("Third.")).reason, "completed")
      }).pipe(
        Effect.provide(
          world({
            model: scripted(calls("look")),
            tools: { look: { ...reader, run: () => Effect.as(wait, "seen") } }
          })
        )
      )
    })
  )

  for (const successes of [9, 50]) {
    it.effect(`a run goes on after ${successes} successes, and only an answer ends it`, () =>
      Effect.gen(function* () {
        const agent = yield* spawn()
        const run = yield* agent.run("Look often.", { budget: { toolCallsRemaining: 100 } })
        assert.strictEqual(run.reason, "completed")
        const { all } = yield* checkStory(agent.sessionId)
        assert.lengthOf(ofType(all, "ToolResult"), successes)
      }).pipe(
        Effect.provide(
          world({
            model: scripted(...Array.from({ length: successes }, (_, n) => calls(`look#${n}`)))
          })
        )
      )
    )
  }

  it("a run needs neither a promise nor a timer", () => {
    const program = Effect.gen(function* () {
      const agent = yield* spawn()
      const run = yield* agent.run("Write it down.")
      const journal = yield* Journal
      return { run, head: yield* journal.head({ sessionId: agent.sessionId, branchId: mainBranch }) }
    })
    const { head, run } = Effect.runSync(Effect.provide(program, world({ model: twoCalls })))
    assert.strictEqual(run.reason, "completed")
    assert.isAbove(head.sequence, 30)
  })
})
