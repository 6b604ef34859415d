/** Requests as the model is shown them, one by one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { Agent } from "../../src/actors/Agent.js"
import { loadAgent } from "../../src/actors/replay.js"
import { Journal, Limits, mainBranch, ModelError, type ModelRequest } from "../../src/layers/aios/index.js"
import { ModelRouter, ScriptedModel } from "../../src/layers/arcan/index.js"
import { messageTokens } from "../../src/machines/context/messages.js"
import { estimateTokens, fixedTokens } from "../../src/machines/index.js"
import { randomStream } from "../../src/simulation/RandomStream.js"
import { calls, checkStory, ofType, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, reader, type TestTool, world, writer } from "../support/world.js"

const copied = (request: ModelRequest): ModelRequest => ({ ...request, messages: [...request.messages] })
const sizeOf = (request: ModelRequest): number =>
  fixedTokens(request) + estimateTokens(JSON.stringify(request.messages).length)
const patient = { ...confident, exploreContextPressure: 1, errorStreakMax: 1_000, verifySideEffectPressure: 1 }
const plenty = { toolCallsRemaining: 2_000, errorBudgetRemaining: 500, ticksRemaining: 2_000, tokensRemaining: 1e9 }

describe("the requests of a run", () => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    it.effect(`each request starts with the one before, except after a summary (seed ${seed})`, () => {
      const random = randomStream(seed, "script")
      const requests: Array<ModelRequest & { readonly cuts: number; readonly run: number }> = []
      let agent: Agent | undefined
      let cuts = 0
      let run = 0
      const model = ScriptedModel.layer(
        (request) =>
          Effect.gen(function* () {
            const all = yield* Effect.provideService(records("s"), Journal, journal)
            cuts = ofType(all, "ContextCompacted").length
            requests.push({ ...copied(request), cuts, run })
            if (random.chance(0.2) && agent !== undefined) yield* Effect.orDie(agent.tell("By the way. ".repeat(9)))
            if (random.chance(0.1)) {
              return yield* new ModelError({ provider: "x", reason: "Overloaded", retryable: true, message: "busy" })
            }
            const usage = random.chance(0.5) ? { inputTokens: 1 + random.below(900), outputTokens: 5 } : {}
            if (random.chance(0.06)) return { content: "Done.", usage }
            if (random.chance(0.1)) return { content: "", usage }
            const names = Array.from(
              { length: 1 + random.below(3) },
              (_, n) => `${random.pick(["look", "write"])}#${n}`
            )
            return { ...calls(...names), content: "word ".repeat(random.below(30)), usage }
          }),
        { contextWindowTokens: 2_000 }
      )
      const tools = {
        look: { ...reader, run: () => Effect.sync(() => "seen ".repeat(random.below(200))) },
        write: writer
      }
      let journal: typeof Journal.Service
      return Effect.gen(function* () {
        journal = yield* Journal
        agent = yield* spawn("scribe", { sessionId: "s" })
        for (; run < 4; run++) yield* agent.run(`Objective ${run}.`, { budget: { ...plenty, ticksRemaining: 40 } })
        yield* untilIdle
        assert.isAbove(requests.length, 15)
        let compared = 0
        for (const [index, next] of requests.entries()) {
          const last = requests[index - 1]
          if (last === undefined || last.run !== next.run) continue
          assert.strictEqual(next.system, last.system)
          assert.deepStrictEqual(next.tools, last.tools)
          if (next.cuts !== last.cuts) continue
          assert.deepStrictEqual(next.messages.slice(0, last.messages.length), last.messages, `request ${index}`)
          compared++
        }
        assert.isAbove(compared, 10)
        yield* checkStory("s")
      }).pipe(Effect.provide(world({ model, tools, thresholds: patient })))
    })
  }

  it.effect("a request says what the agent is, which rules its workspace has, and when the run began", () => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request) => (requests.push(copied(request)), { content: "done" }))
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { soul: { mission: "Write", preferences: { tone: "dry" } } })
      yield* agent.run("Go.", { outcome: true })
      const system = requests[0]?.system ?? ""
      assert.isTrue(system.startsWith("You are scribe. Write.\ntone: dry\n\nYou work in one workspace folder"))
      assert.include(system, "Use tabs.")
      assert.isTrue(
        system.endsWith("The workspace is the folder attic.\nThis run began on 1970-01-01 (UTC)."),
        "the end is what changes most"
      )
      assert.notInclude(system, "Go.")
      assert.deepStrictEqual(requests[0]?.messages, [{ role: "user", content: "Go." }])
    }).pipe(Effect.provide(world({ model, context: { instructions: "Use tabs.", workspace: "attic" } })))
  })

  it.effect("a run whose window is smaller than the agent's persona makes no request and says what to do", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("scribe", { soul: { mission: "Write. ".repeat(200) } })
      const run = yield* agent.run("Go.", { outcome: true })
      assert.strictEqual(run.reason, "error")
      assert.match(run.error ?? "", /scripted-1 has a context window of 200 tokens.*use a model with a larger window/)
      const { all } = yield* checkStory(agent.sessionId)
      assert.strictEqual(ofType(all, "ModelFailed")[0]?.reason, "ContextTooSmall")
    }).pipe(
      Effect.provide(world({ model: ScriptedModel.layer(() => assert.fail("asked"), { contextWindowTokens: 200 }) }))
    )
  )
})

describe("the pressure of the context", () => {
  it.effect("the pressure of the context follows what the provider counts", () => {
    const counted: Array<number> = []
    // A language for which our estimate of four characters a token is far off.
    const model = ScriptedModel.layer(
      (request, turn) => {
        const ours = request.messages.reduce((sum, message) => sum + messageTokens(message), fixedTokens(request))
        const inputTokens = Math.round(ours * 1.8)
        counted.push(inputTokens)
        return turn < 12 ? { ...calls("look"), usage: { inputTokens } } : { content: "done" }
      },
      { contextWindowTokens: 20_000 }
    )
    const tools = { look: { ...reader, run: () => Effect.succeed("seen ".repeat(160)) } }
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { sessionId: "s" })
      yield* agent.run("Go.")
      yield* untilIdle
      const journal = yield* Journal
      const { state } = yield* loadAgent(journal, { sessionId: "s", branchId: mainBranch })
      assert.closeTo(state.calibration ?? 0, 1.8, 0.05)
      const vectors = ofType(yield* records("s"), "StateEstimated").map(({ vector }) => vector.contextPressure)
      // The results of a turn are the end of the next request.
      for (const [index, next] of counted.slice(1).entries()) {
        assert.closeTo((vectors[2 * index + 1] ?? 0) * 20_000, next, 0.12 * next, `request ${index + 1}`)
      }
      yield* checkStory("s")
    }).pipe(Effect.provide(world({ model, tools, thresholds: confident })))
  })
})

describe("sessions whose models have windows of their own", () => {
  const windows = { wide: 60_000, narrow: 3_000, tiny: 200 }
  const tools = { look: { ...reader, run: () => Effect.succeed("seen ".repeat(100)) } }
  const working = (name: keyof typeof windows) =>
    ScriptedModel.layer((_, turn) => (turn < 20 ? calls(`look#l${turn}`) : { content: name }), {
      contextWindowTokens: windows[name]
    })
  const routed = (...names: readonly [keyof typeof windows, keyof typeof windows]) =>
    Layer.orDie(
      ModelRouter.layer({
        models: [
          { name: names[0], layer: working(names[0]) },
          { name: names[1], layer: working(names[1]) }
        ]
      })
    )

  for (const [first, second] of [
    ["wide", "narrow"],
    ["narrow", "wide"]
  ] as const) {
    it.effect(`a session is summarised when its own window is full, also beside another default (${first})`, () =>
      Effect.gen(function* () {
        const told = Effect.fnUntraced(function* (name: string, model?: string) {
          const agent = yield* spawn(name, model === undefined ? {} : { model })
          yield* agent.run("Go.", { budget: { ...plenty, ticksRemaining: 60 } })
          yield* untilIdle
          const { all } = yield* checkStory(agent.sessionId)
          const pressures = ofType(all, "StateEstimated").map(({ vector }) => vector.contextPressure)
          return { cuts: ofType(all, "ContextCompacted").length, pressure: Math.max(...pressures) }
        })
        const byDefault = yield* told("by default")
        const byName = yield* told("by name", second)
        const [wide, narrow] = first === "wide" ? [byDefault, byName] : [byName, byDefault]
        assert.strictEqual(wide.cuts, 0)
        assert.isBelow(wide.pressure, 0.1)
        assert.isAbove(narrow.cuts, 0)
        assert.isAbove(narrow.pressure, 0.5)
      }).pipe(Effect.provide(world({ model: routed(first, second), tools, thresholds: patient })))
    )
  }

  it.effect("a context fits the window of its session's model, and the run names that model when none does", () =>
    Effect.gen(function* () {
      const agent = yield* spawn("scribe", { model: "tiny", soul: { mission: "Write. ".repeat(200) } })
      const { error = "" } = yield* agent.run("Go.", { outcome: true })
      assert.include(error, "has a context window of 200 tokens")
    }).pipe(Effect.provide(world({ model: routed("wide", "tiny") })))
  )
})

const windowTokens = 6_000

/** Two hundred rounds with results of many sizes; some results fill the window by themselves. */
const longModel = (requests: Array<ModelRequest>, rounds: number) => {
  const script = (request: ModelRequest) => {
    requests.push(copied(request))
    // The newest turn always stays in a conversation, and a later process goes on from there.
    const last = request.messages.findLast((message) => message.role === "assistant")
    const turn = last === undefined ? 0 : Number(last.toolCalls[0]?.callId.slice(1)) + 1
    if (turn >= rounds) return { content: "Done." }
    return turn % 40 === 17 ? calls(`huge#h${turn}`, `huge#i${turn}`) : calls(`look#l${turn}`)
  }
  return ScriptedModel.layer(script, { contextWindowTokens: windowTokens })
}
const longTools: { readonly [name: string]: TestTool } = {
  look: { ...reader, run: (_, { callId }) => Effect.succeed(`result ${callId} ${"y".repeat(300)}`) },
  huge: { ...reader, run: () => Effect.succeed({ lines: Array.from({ length: 900 }, () => "z".repeat(40)) }) }
}

describe("a conversation of two hundred rounds", () => {
  const rounds = 200

  it.effect(
    "a long conversation keeps the newest results, fits the window, and never parts a call from its result",
    () => {
      const requests: Array<ModelRequest> = []
      return Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        const run = yield* agent.run("Find the source of the river.", { budget: plenty })
        assert.strictEqual(run.reason, "completed")
        assert.lengthOf(requests, rounds + 1)
        for (const [index, request] of requests.entries()) {
          assert.isAtMost(sizeOf(request), windowTokens, `request ${index}`)
          assert.isTrue(
            request.messages.some(
              ({ role, ...rest }) =>
                role === "user" && "content" in rest && rest.content === "Find the source of the river."
            )
          )
          const last = request.messages.at(-1)
          if (index === 0) continue
          assert(last?.role === "tool")
          const asked = request.messages.at(-2)
          assert(asked?.role === "assistant")
          assert.deepStrictEqual(
            last.results.map(({ callId }) => callId),
            asked.toolCalls.map(({ callId }) => callId)
          )
        }
        const { all } = yield* checkStory("s")
        const cuts = ofType(all, "ContextCompacted")
        assert.isAbove(cuts.length, 5)
        for (const { summary, summaryBy, tokensAfter, tokensBefore } of cuts) {
          assert.isBelow(tokensAfter, tokensBefore)
          assert.isTrue(summary === undefined || summaryBy === "extract")
        }
        assert.isTrue(cuts.some(({ summary }) => summary?.includes("look ok ×") === true))
        assert.isTrue(cuts.some(({ outputCharactersMax }) => outputCharactersMax !== undefined))
        // The summary of what was left out is still there.
        assert.include(JSON.stringify(requests.at(-1)?.messages.slice(0, 2)), "Before that:")
      }).pipe(Effect.provide(world({ model: longModel(requests, rounds), tools: longTools, thresholds: patient })))
    }
  )

  it.scoped("a long conversation asks the same after a restart in the middle", () =>
    Effect.gen(function* () {
      const whole: Array<ModelRequest> = []
      const told = (requests: Array<ModelRequest>) =>
        spawn("scribe", { sessionId: "s" }).pipe(
          Effect.flatMap((agent) => agent.run("Find the source of the river.", { budget: plenty })),
          Effect.provide(world({ model: longModel(requests, rounds), tools: longTools, thresholds: patient }))
        )
      yield* told(whole)
      const texts = whole.map((request) => JSON.stringify(request))
      const base = yield* Layer.build(ground())
      let last: string | undefined
      let lives = 0
      // Each process ends in the middle of a request, after another seventy.
      for (; last !== texts.at(-1) && lives < 9; lives++) {
        const asked: Array<ModelRequest> = []
        const options = { model: longModel(asked, rounds), tools: longTools, thresholds: patient }
        yield* Effect.scoped(
          Effect.gen(function* () {
            const system = yield* Layer.build(Layer.provide(population(options), Layer.succeedContext(base)))
            const agent = yield* Effect.provide(
              Effect.flatMap(ActorSystem, ({ get }) => get("s")).pipe(
                Effect.orElse(() => spawn("scribe", { sessionId: "s" }))
              ),
              system
            )
            if ((yield* agent.snapshot).run === undefined) {
              yield* Effect.fork(agent.run("Find the source of the river.", { budget: plenty }))
            }
            const isOver = () => asked.length >= 70 || JSON.stringify(asked.at(-1)) === texts.at(-1)
            while (!isOver()) yield* Effect.yieldNow()
          })
        )
        for (const request of asked) assert.include(texts, JSON.stringify(request))
        last = JSON.stringify(asked.at(-1))
      }
      assert.isAtLeast(lives, 3)
      assert.strictEqual(last, texts.at(-1))
    })
  )
})

describe("a summary", () => {
  const spoken = (summarise: Effect.Effect<ScriptedModel.ScriptedTurn, ModelError>) => {
    const requests: Array<ModelRequest> = []
    let turn = 0
    const model = ScriptedModel.layer(
      (request) => {
        requests.push(copied(request))
        if (request.system.startsWith("You summarise")) return summarise
        return turn++ < 30 ? calls(`look#l${turn}`) : { content: "Done." }
      },
      { contextWindowTokens: 3_000, ruleBased: false }
    )
    return {
      requests,
      layer: world({
        model,
        tools: { look: { ...reader, run: () => Effect.succeed("y".repeat(500)) } },
        thresholds: patient
      })
    }
  }
  const usage = { inputTokens: 500, outputTokens: 50 }

  it.effect("a summary is written by a model that can, and its cost is taken off the budget", () => {
    const { layer, requests } = spoken(
      Effect.succeed({ content: "We looked and found nothing.", usage, costUsd: 0.25 })
    )
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { sessionId: "s", model: "scripted:scripted-1" })
      const run = yield* agent.run("Find it.", { budget: { ...plenty, costRemainingUsd: 100 } })
      assert.deepStrictEqual([...new Set(requests.map(({ model }) => model))], ["scripted:scripted-1"])
      const { all } = yield* checkStory("s")
      const cuts = ofType(all, "ContextCompacted")
      assert.isAbove(cuts.length, 1)
      for (const cut of cuts) assert.deepInclude(cut, { summaryBy: "model", costUsd: 0.25, model: "scripted-1" })
      assert.include(JSON.stringify(requests.at(-1)?.messages), "We looked and found nothing.")
      assert.closeTo(run.costUsd, 0.25 * cuts.length, 1e-9)
      assert.strictEqual(run.usage.outputTokens, 50 * cuts.length)
      const { budget } = yield* agent.snapshot
      assert.closeTo(budget.costRemainingUsd, 100 - run.costUsd, 1e-6)
    }).pipe(Effect.provide(layer))
  })

  for (const [what, failure] of [
    ["fails", new ModelError({ provider: "x", reason: "Overloaded", retryable: true, message: "busy" })],
    ["says nothing", Effect.succeed({ content: " ", usage })]
  ] as const) {
    it.effect(`a summary is made by rule when the model ${what}, and the journal says why`, () => {
      const { layer } = spoken(failure)
      return Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        const run = yield* agent.run("Find it.", { budget: plenty })
        assert.strictEqual(run.reason, "completed")
        const { all } = yield* checkStory("s")
        for (const cut of ofType(all, "ContextCompacted")) {
          assert.strictEqual(cut.summaryBy, "extract")
          assert.match(cut.failure ?? "", what === "fails" ? /busy/ : /no summary/)
        }
        assert.isAbove(ofType(all, "ContextCompacted").length, 0)
      }).pipe(Effect.provide(layer))
    })
  }
})

describe("a turn that is too much", () => {
  it.effect("a turn with too many calls is told how many were taken", () => {
    const requests: Array<ModelRequest> = []
    const many = calls(...Array.from({ length: 10_000 }, (_, n) => `look#${n % 5_000}`))
    const model = ScriptedModel.layer(
      (request, turn) => (requests.push(copied(request)), turn === 0 ? many : { content: "ok" })
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.", { budget: plenty })
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "ToolCall"), Limits.toolCallsPerTurnMax)
      assert.deepStrictEqual(
        requests[1]?.messages.map(({ role }) => role),
        ["user", "assistant", "tool", "user"]
      )
      const note = requests[1]?.messages.at(-1)
      assert(note?.role === "user")
      assert.include(
        note.content,
        "Your turn had 10000 calls; the limit of a turn is 64 calls, and only these were taken"
      )
    }).pipe(Effect.provide(world({ model, tools: { look: reader } })))
  })

  it.effect("a turn with the same call twice, or with arguments that no event holds, names what was not taken", () => {
    const requests: Array<ModelRequest> = []
    const large = { callId: "big", toolName: "write", input: { content: "x".repeat(5_000_000) } }
    const model = ScriptedModel.layer((request, turn) => {
      requests.push(copied(request))
      return turn === 0 ? { toolCalls: [...(calls("look#a", "look#a").toolCalls ?? []), large] } : { content: "ok" }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Look.")).reason, "completed")
      const note = requests[1]?.messages.at(-1)
      assert(note?.role === "user")
      assert.include(note.content, "the same id: look (a)")
      assert.match(note.content, /write \(big, 50000\d\d bytes\)/)
    }).pipe(Effect.provide(world({ model, tools: { look: reader, write: writer } })))
  })

  it.effect("an answer longer than the limit keeps its beginning in the conversation", () => {
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push(copied(request))
      return turn === 0 ? { ...calls("look"), content: "wörd ".repeat(1_000_000) } : { content: "ok" }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      assert.strictEqual((yield* agent.run("Talk.")).finalAnswer, "ok")
      const { all } = yield* checkStory(agent.sessionId)
      const [said] = ofType(all, "AssistantMessage")
      assert.isBelow(said?.content.length ?? 0, Limits.answerCharactersMax + 200)
      assert.include(said?.content, "of 5000000 characters left out; the whole text is the blob")
      assert.strictEqual(said?.text?.sizeBytes, 6_000_000)
    }).pipe(Effect.provide(world({ model: model, tools: { look: reader } })))
  })

  it.effect("a turn within the limits adds no message", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      yield* agent.run("Look.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "UserMessage"), 1)
    }).pipe(Effect.provide(world({ model: scripted(calls("look")), tools: { look: reader } })))
  )
})
