/** Sub-agents: what they get, what they may do, and how they end when their parent or process does. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Scope } from "effect"
import { createHash } from "node:crypto"
import { readFileSync } from "node:fs"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { ActorSystemOptions } from "../../src/actors/ActorSystemOptions.js"
import { type Append, Journal, mainBranch, type ModelRequest } from "../../src/layers/aios/index.js"
import { delegation } from "../../src/layers/arcan/delegation/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Autonomic } from "../../src/layers/autonomic/index.js"
import { Praxis } from "../../src/layers/praxis/index.js"
import * as Life from "../../src/Life.js"
import { dying } from "../support/faults.js"
import { checkStory, ofType, untilIdle } from "../support/story.js"
import { confident, ground } from "../support/world.js"

const objectiveOf = ({ messages }: ModelRequest): string => {
  const first = messages.find(({ role }) => role === "user")
  return first?.role === "user" ? first.content : ""
}

const shaOf = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex")

const lastResults = ({ messages }: ModelRequest) =>
  messages.findLast((message) => message.role === "tool")?.results ?? []

const delegate = (input: object, callId?: string) =>
  ScriptedModel.call("delegate", input as { readonly objective: string }, callId)

type Script = Parameters<typeof ScriptedModel.layer>[0]

/** The script of the parent, and one for all agents that it delegates to. */
const family = (parent: Script, child: Script) =>
  ScriptedModel.layer((request, turn) => (objectiveOf(request) === "Lead." ? parent : child)(request, turn))

const run = <A, E>(model: ReturnType<typeof family>, program: Effect.Effect<A, E, ActorSystem | Journal>) =>
  Effect.provide(
    program,
    Life.layerMemory({ workspace: "examples", provider: model, thresholds: { exploreUncertainty: 1 } })
  )

const spawnLead = Effect.flatMap(ActorSystem, (system) => system.spawn({ name: "lead", sessionId: "lead" }))

const recordsOf = (sessionId: string) =>
  Effect.flatMap(Journal, (journal) => journal.read({ sessionId, branchId: mainBranch, after: 0 }))

const childrenOf = Effect.flatMap(Journal, (journal) =>
  Effect.map(journal.sessions, (sessions) =>
    sessions.map(({ sessionId }) => sessionId).filter((sessionId) => sessionId.startsWith("sub-"))
  )
)

const two = {
  toolCalls: [
    ...(delegate({ objective: "A", name: "a" }, "c1").toolCalls ?? []),
    ...(delegate({ objective: "B", name: "b" }, "c2").toolCalls ?? [])
  ]
}

describe("delegate", () => {
  it.live("delegate runs sub-agents side by side, gives their answers, and charges what they used", () =>
    run(
      family(
        (_, turn) => (turn === 0 ? { ...two, usage: { inputTokens: 100, outputTokens: 10 } } : { content: "Both." }),
        (request) => ({
          content: `Did ${objectiveOf(request)}.`,
          usage: { inputTokens: 20, outputTokens: 5 },
          costUsd: 0.25
        })
      ),
      Effect.gen(function* () {
        const lead = yield* spawnLead
        const outcome = yield* lead.run("Lead.", { budget: { tokensRemaining: 90_000, costRemainingUsd: 3 } })
        assert.strictEqual(outcome.finalAnswer, "Both.")
        assert.deepStrictEqual([outcome.usage.inputTokens, outcome.usage.outputTokens], [140, 20])
        assert.strictEqual(outcome.costUsd, 0.5)
        const { budget } = yield* lead.snapshot
        assert.strictEqual(budget.tokensRemaining, 90_000 - 160)
        const results = ofType(yield* recordsOf("lead"), "ToolResult").map(({ output }) => output)
        assert.deepInclude(results[0], { reason: "completed", answer: "Did A.", ticks: 1 })
        assert.deepInclude(results[1], { reason: "completed", answer: "Did B.", ticks: 1 })
        const children = yield* childrenOf
        assert.lengthOf(children, 2)
        for (const child of children) {
          const all = yield* recordsOf(child)
          const [created] = ofType(all, "SessionCreated")
          assert.strictEqual(created?.parentId, "lead")
          // Each of the three gets a third of what the first turn left.
          assert.strictEqual(ofType(all, "RunStarted")[0]?.budget.tokensRemaining, 29_963)
          assert.strictEqual(ofType(all, "RunStarted")[0]?.budget.costRemainingUsd, 1)
          assert.deepStrictEqual(
            all.slice(-2).map(({ kind }) => kind.type),
            ["SessionClosed", "CheckpointCreated"]
          )
        }
        assert.deepStrictEqual(
          (yield* (yield* ActorSystem).list).map(({ name }) => name),
          ["lead"]
        )
      })
    )
  )

  it.live("a sub-agent can do no more than it was given, and nothing that needs an approval", () =>
    run(
      family(
        (_, turn) =>
          turn === 0
            ? delegate({ objective: "Read.", capabilities: ["fs:read:/**"] })
            : turn === 1
              ? delegate({ objective: "Steal.", capabilities: ["exec:cmd:rm"] })
              : { content: "Done." },
        (request, turn) =>
          turn === 0
            ? ScriptedModel.call("write_file", { path: "x.txt", content: "x" })
            : turn === 1
              ? ScriptedModel.call("write_file", { path: "spawn.ts", content: "x", sha256: shaOf("examples/spawn.ts") })
              : {
                  content: lastResults(request)
                    .map(({ status }) => status)
                    .join()
                }
      ),
      Effect.gen(function* () {
        const lead = yield* spawnLead
        yield* lead.run("Lead.")
        const [reading, stealing] = ofType(yield* recordsOf("lead"), "ToolResult")
        assert.deepInclude(reading?.output, { answer: "denied" })
        assert.strictEqual(stealing?.status, "denied")
        assert.include(JSON.stringify(stealing?.output), "you cannot give away exec:cmd:rm")
        const [child = ""] = yield* childrenOf
        const decided = ofType(yield* recordsOf(child), "PolicyEvaluated").map(
          ({ decision, ruleId }) => `${decision} ${ruleId}`
        )
        assert.deepStrictEqual(decided, ["deny default:deny", "deny gate:fs:overwrite:/**"])
      })
    )
  )

  it.live("delegation goes three levels deep and no deeper", () =>
    run(
      ScriptedModel.layer((request, turn) =>
        turn === 0
          ? delegate({ objective: `${objectiveOf(request)}.` })
          : { content: JSON.stringify(lastResults(request)[0]?.output) }
      ),
      Effect.gen(function* () {
        const lead = yield* spawnLead
        const { finalAnswer } = yield* lead.run("Deeper")
        assert.lengthOf(yield* childrenOf, 3)
        assert.include(finalAnswer, "a sub-agent 3 deep has no sub-agents of its own")
      })
    )
  )

  it.live("a run that is cancelled stops its sub-agents", () =>
    Effect.gen(function* () {
      const reached = yield* Deferred.make<void>()
      yield* run(
        family(
          () => delegate({ objective: "Wait." }),
          () => Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        ),
        Effect.gen(function* () {
          const lead = yield* spawnLead
          const running = yield* Effect.fork(lead.run("Lead."))
          yield* Deferred.await(reached)
          yield* lead.cancel("Enough.")
          assert.strictEqual((yield* Fiber.join(running)).reason, "cancelled")
          const [child = ""] = yield* childrenOf
          const all = yield* recordsOf(child)
          assert.strictEqual(ofType(all, "RunFinished")[0]?.reason, "cancelled")
          assert.deepStrictEqual(
            all.slice(-2).map(({ kind }) => kind.type),
            ["SessionClosed", "CheckpointCreated"]
          )
        })
      )
    })
  )

  it.live("an agent is told when a sub-agent's budget is used up or its model fails", () =>
    run(
      family(
        (_, turn) => (turn === 0 ? delegate({ objective: "Go on.", budget: { ticks: 2 } }) : { content: "Done." }),
        (_, turn) => ScriptedModel.call("list_dir", { path: "." }, `${turn}`)
      ),
      Effect.gen(function* () {
        const lead = yield* spawnLead
        yield* lead.run("Lead.")
        const [result] = ofType(yield* recordsOf("lead"), "ToolResult")
        assert.deepInclude(result?.output, { reason: "budget_ticks", ticks: 2 })
      })
    )
  )
})

describe("a budget", () => {
  const spentBy = Effect.gen(function* () {
    const sessions = ["lead", ...(yield* childrenOf)]
    const spent = { ticks: 0, toolCalls: 0 }
    for (const sessionId of sessions) {
      const all = yield* recordsOf(sessionId)
      spent.ticks += ofType(all, "RunFinished")[0]?.ticks ?? 0
      spent.toolCalls += ofType(all, "ToolResult").filter(({ status }) => ["ok", "error"].includes(status)).length
    }
    return { ...spent, helpers: sessions.length - 1 }
  })

  /** Each agent delegates as long as that is possible, and looks around then. */
  const busy = ScriptedModel.layer((request, turn) =>
    JSON.stringify(lastResults(request)).includes("do it yourself") || turn % 2 === 1
      ? ScriptedModel.call("glob", { pattern: `${turn}*` }, `look-${turn}`)
      : delegate({ objective: `Part ${turn} of ${objectiveOf(request)}` }, `part-${turn}`)
  )

  it.live("a budget of tool calls holds for an agent and all its sub-agents together", () =>
    run(
      busy,
      Effect.gen(function* () {
        const lead = yield* spawnLead
        const { reason } = yield* lead.run("Lead.", { budget: { toolCallsRemaining: 10, errorBudgetRemaining: 1_000 } })
        assert.strictEqual(reason, "budget_tool_calls")
        const { helpers, toolCalls } = yield* spentBy
        assert.isAbove(helpers, 2)
        assert.strictEqual(toolCalls, 10)
      })
    )
  )

  it.live("a budget of ticks holds for an agent and all its sub-agents together", () =>
    run(
      busy,
      Effect.gen(function* () {
        const lead = yield* spawnLead
        const { reason } = yield* lead.run("Lead.", { budget: { ticksRemaining: 40, errorBudgetRemaining: 1_000 } })
        assert.strictEqual(reason, "budget_ticks")
        const { helpers, ticks } = yield* spentBy
        assert.isAbove(helpers, 2)
        assert.strictEqual(ticks, 40)
      })
    )
  )

  it.live("a budget is shared only if the agent can still hear its sub-agents", () =>
    run(
      family(
        (_, turn) => (turn === 0 ? delegate({ objective: "A" }) : turn === 1 ? two : { content: "Alone, then." }),
        () => ({ content: "Done." })
      ),
      Effect.gen(function* () {
        const lead = yield* spawnLead
        const outcome = yield* lead.run("Lead.", { budget: { ticksRemaining: 7 } })
        assert.deepStrictEqual([outcome.reason, outcome.finalAnswer], ["completed", "Alone, then."])
        const all = yield* recordsOf("lead")
        const results = ofType(all, "ToolResult")
        assert.deepStrictEqual(
          results.map(({ status, ticks, toolCalls }) => [status, ticks, toolCalls]),
          [
            ["ok", 1, 0],
            ["denied", undefined, undefined],
            ["denied", undefined, undefined]
          ]
        )
        assert.include(JSON.stringify(results[1]?.output), "too little of your budget is left to share it")
      })
    )
  )
})

describe("a process that dies", () => {
  const model = family(
    (_, turn) => (turn === 0 ? delegate({ objective: "A" }) : { content: "Went on." }),
    () => ({ content: "Did A.", usage: { inputTokens: 20, outputTokens: 5 } })
  )
  const systemOf = (options: ActorSystemOptions = {}) =>
    Layer.provide(
      ActorSystem.layer({ ...options, subsystems: [delegation] }),
      Layer.mergeAll(model, Layer.orDie(Praxis.layerWithoutFiles()), Autonomic.layer(confident))
    )

  /** Has an agent delegate in a process that dies where `when` says, and gives what outlives the process. */
  const firstLife = Effect.fnUntraced(function* (when: (append: Append) => boolean) {
    const base = yield* Layer.build(ground())
    const died = yield* Deferred.make<void>()
    const journal = dying(
      Layer.succeed(Journal, Context.get(base, Journal)),
      (_, append) => when(append),
      "before",
      died
    )
    const mortal = Layer.provide(systemOf(), Layer.mergeAll(Layer.succeedContext(base), journal))
    const first = yield* Layer.buildWithScope(mortal, yield* Scope.make())
    yield* spawnLead.pipe(
      Effect.flatMap((lead) => lead.run("Lead.")),
      Effect.provide(first),
      Effect.forkDaemon
    )
    yield* Deferred.await(died)
    const [child = ""] = yield* Effect.provide(childrenOf, base)
    return { base, child, before: yield* Effect.provide(recordsOf(child), base) }
  })

  it.scoped("a sub-agent that ended before its process died stays closed, and its answer counts", () =>
    Effect.gen(function* () {
      const { base, before, child } = yield* firstLife(
        ({ events, sessionId }) => sessionId === "lead" && ofType(events, "ToolResult").length > 0
      )
      assert.deepStrictEqual(
        before.slice(-2).map(({ kind }) => kind.type),
        ["SessionClosed", "CheckpointCreated"]
      )
      const second = yield* Layer.build(Layer.provide(systemOf(), Layer.succeedContext(base)))
      yield* Effect.gen(function* () {
        const { get, list } = yield* ActorSystem
        const outcome = yield* Effect.flatMap(get("lead"), (lead) => lead.outcome)
        yield* untilIdle
        assert.deepStrictEqual([outcome.reason, outcome.finalAnswer], ["completed", "Went on."])
        // The usage of the sub-agent is charged all the same.
        assert.deepStrictEqual([outcome.usage.inputTokens, outcome.usage.outputTokens], [20, 5])
        const { all } = yield* checkStory("lead")
        const [result] = ofType(all, "ToolResult")
        assert.deepInclude(result?.output, { sessionId: child, reason: "completed", answer: "Did A.", ticks: 1 })
        assert.deepInclude(result, { ticks: 1, toolCalls: 0 })
        assert.deepStrictEqual(yield* recordsOf(child), before)
        assert.deepStrictEqual(
          (yield* list).map(({ name }) => name),
          ["lead"]
        )
      }).pipe(Effect.provide(Context.merge(base, second)))
    })
  )

  it.scoped("a working sub-agent of a dead process is left to its parent, also when open runs do not resume", () =>
    Effect.gen(function* () {
      const { base, before, child } = yield* firstLife(({ events }) =>
        ofType(events, "RunFinished").some(({ finalAnswer }) => finalAnswer === "Did A.")
      )
      assert.lengthOf(ofType(before, "RunStarted"), 1)
      const second = yield* Layer.build(Layer.provide(systemOf({ resume: false }), Layer.succeedContext(base)))
      yield* Effect.gen(function* () {
        const lead = yield* Effect.flatMap(ActorSystem, ({ get }) => get("lead"))
        yield* lead.tell("Go on.")
        assert.strictEqual((yield* lead.outcome).finalAnswer, "Went on.")
        const { all } = yield* checkStory(child)
        assert.deepStrictEqual([ofType(all, "RunStarted").length, ofType(all, "SessionResumed").length], [1, 1])
        assert.strictEqual(ofType(all, "RunFinished")[0]?.finalAnswer, "Did A.")
      }).pipe(Effect.provide(Context.merge(base, second)))
    })
  )
})
