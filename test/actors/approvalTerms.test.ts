import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Layer, Scope, TestClock } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import {
  Journal,
  type Json,
  Limits,
  type ModelRequest,
  type PolicySet,
  ToolError
} from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { dying, type Side } from "../support/faults.js"
import { checkStory, errorOf, ofType, outcomes, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, type TestTool, type World, world } from "../support/world.js"

const by = { actor: "ada" }
const limit = Limits.approvalTimeoutMs

/** A tool that replaces the file its arguments name, and the inputs it ran with. */
const replacing = () => {
  const inputs: Array<Json> = []
  const fileOf = (input: Json) =>
    typeof input === "object" && input !== null && "file" in input ? String(input.file) : undefined
  const tool: TestTool = {
    annotations: { destructive: true },
    capabilities: (input) => [`fs:overwrite:/${fileOf(input)}`],
    check: (input) =>
      fileOf(input) === undefined
        ? new ToolError({
            toolName: "replace",
            reason: "InvalidInput",
            message: 'the input does not fit: "file" is missing'
          })
        : undefined,
    run: (input) => Effect.sync(() => (inputs.push(input), "replaced"))
  }
  return { inputs, tool }
}

const replace = (file: string, id: string = file): ScriptedModel.ScriptedTurn => ({
  toolCalls: [{ callId: id, toolName: "replace", input: { file } }]
})

/** A model that says these turns, and the requests it was given. */
const listening = (...turns: ReadonlyArray<ScriptedModel.ScriptedTurn>) => {
  const requests: Array<ModelRequest> = []
  const model = ScriptedModel.layer((request, turn) => {
    requests.push({ ...request, messages: [...request.messages] })
    return turns[turn] ?? { content: "done" }
  })
  return { model, told: () => JSON.stringify(requests.at(-1)?.messages) }
}

const waiting = Effect.fnUntraced(function* (agent: Agent) {
  yield* untilIdle
  const { approvals } = yield* agent.snapshot
  return approvals.map(({ approvalId }) => approvalId ?? "none")
})

const park = Effect.fnUntraced(function* (agent: Agent) {
  const run = yield* Effect.fork(agent.run("Replace it."))
  yield* Effect.yieldNow()
  const [approvalId = "none"] = yield* waiting(agent)
  return { run, approvalId }
})

const untilEnd = (run: Fiber.Fiber<unknown, unknown>) =>
  Effect.iterate(false, {
    while: (ended) => !ended,
    body: () =>
      Effect.zipRight(
        Effect.yieldNow(),
        Effect.map(Fiber.poll(run), ({ _tag }) => _tag === "Some")
      )
  })

describe("a request for an approval", () => {
  it.effect("a request for an approval names the call, the rule, the risk and the time limit of an answer", () => {
    const { tool } = replacing()
    return Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const agent = yield* spawn()
      yield* park(agent)
      const [asked] = ofType(yield* records(agent.sessionId), "ApprovalRequested")
      assert.strictEqual(asked?.risk, "high")
      assert.deepStrictEqual(asked?.capabilities, ["fs:overwrite:/a"])
      assert.strictEqual(asked?.dueAt, 1_000_000 + limit)
      assert.include(asked?.reason, "gate:fs:overwrite:/**")
      assert.include(asked?.reason, "replace would replace what is in /a")
      const { approvals } = yield* agent.snapshot
      assert.deepStrictEqual(approvals[0]?.request, {
        capabilities: ["fs:overwrite:/a"],
        risk: "high",
        reason: asked?.reason ?? "",
        dueAt: 1_000_000 + limit
      })
    }).pipe(Effect.provide(world({ thresholds: confident, model: scripted(replace("a")), tools: { replace: tool } })))
  })

  it.effect("a request without an answer in time is denied, the model is told why, and the run goes on", () => {
    const { inputs, tool } = replacing()
    const { model, told } = listening(replace("a"), { content: "Then not." })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* TestClock.adjust(limit - 1)
      assert.deepStrictEqual(yield* waiting(agent), [approvalId])
      yield* TestClock.adjust(1)
      yield* untilEnd(run)
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Then not.")
      assert.include(told(), "was not approved: no person answered by 1970-01-01T00:05:00.000Z")
      assert.lengthOf(inputs, 0)
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "ApprovalDenied").map(({ actor }) => actor),
        ["timeout"]
      )
      assert.deepStrictEqual(outcomes(all), ["replace denied"])
      const late = yield* Effect.flip(agent.approve(approvalId, by))
      assert.strictEqual(late.reason, "AlreadyAnswered")
      assert.include(late.message, "timeout has denied")
    }).pipe(Effect.provide(world({ thresholds: confident, model, tools: { replace: tool } })))
  })

  it.effect("a request takes no answer once its time is over, and each of several ends at its own time", () => {
    const { inputs, tool } = replacing()
    const both: ScriptedModel.ScriptedTurn = {
      toolCalls: ["a", "b"].map((file) => ({ callId: file, toolName: "replace", input: { file } }))
    }
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const other = yield* spawn("other")
      const first = yield* park(agent)
      yield* TestClock.adjust("1 minute")
      const second = yield* park(other)
      yield* agent.approve(first.approvalId, by)
      const [last] = yield* waiting(agent)
      yield* TestClock.adjust(limit - 60_000)
      yield* untilEnd(first.run)
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["replace ok", "replace denied"])
      assert.lengthOf(yield* waiting(other), 2)
      assert.strictEqual((yield* Effect.flip(agent.approve(last ?? "none", by))).reason, "AlreadyAnswered")
      yield* TestClock.adjust("1 minute")
      yield* untilEnd(second.run)
      assert.deepStrictEqual(outcomes((yield* checkStory(other.sessionId)).all), ["replace denied", "replace denied"])
      assert.lengthOf(inputs, 1)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          // Each agent begins with both turns.
          model: ScriptedModel.layer((_, turn) => (turn === 0 ? both : { content: "done" })),
          tools: { replace: tool }
        })
      )
    )
  })

  it.effect("a request ends in time although its agent is passivated, and waits for as long as the system says", () => {
    const { tool } = replacing()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { run } = yield* park(agent)
      // Memory has room for one agent only.
      yield* (yield* spawn("other")).tell("Hello.")
      yield* untilIdle
      assert.strictEqual((yield* (yield* ActorSystem).list)[0]?.status, "passivated")
      yield* TestClock.adjust(5_000)
      yield* untilEnd(run)
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["replace denied"])
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          idleAgentsMax: 0,
          approvalTimeoutMs: 5_000,
          model: scripted(replace("a")),
          tools: { replace: tool }
        })
      )
    )
  })
})

describe("an approval that stands", () => {
  it.effect("an approval for the session covers exactly what the call needed", () => {
    const { inputs, tool } = replacing()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.approve(approvalId, { ...by, scope: "session" })
      const [asked = "none"] = yield* waiting(agent)
      assert.deepStrictEqual(inputs, [{ file: "a*" }, { file: "a*" }])
      yield* agent.deny(asked, by)
      yield* Fiber.join(run)
      // The approval outlives the run.
      yield* agent.run("Once more.")
      assert.lengthOf(inputs, 3)
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "PolicyEvaluated").map(({ decision, ruleId }) => [decision, ruleId]),
        [
          ["require_approval", "gate:fs:overwrite:/**"],
          ["allow", `grant:${approvalId}`],
          ["require_approval", "gate:fs:overwrite:/**"],
          ["allow", `grant:${approvalId}`]
        ]
      )
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          // A name that would be a pattern must not be taken for one.
          model: scripted(
            replace("a*", "1"),
            replace("a*", "2"),
            replace("ab", "3"),
            { content: "so far" },
            replace("a*", "4")
          ),
          tools: { replace: tool }
        })
      )
    )
  })

  it.effect("an approval that stands lets waiting calls go that it covers", () => {
    const { inputs, tool } = replacing()
    const files = ["notes/a", "letters/b", "notes/c"]
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.approve(approvalId, { ...by, pattern: "fs:overwrite:/notes/**" })
      const [letters = "none", ...others] = yield* waiting(agent)
      assert.lengthOf(others, 0)
      assert.deepStrictEqual(inputs, [{ file: "notes/a" }, { file: "notes/c" }])
      yield* agent.deny(letters, by)
      yield* Fiber.join(run)
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "ApprovalGranted").map(({ reason }) => reason),
        [undefined, `as ${approvalId} says`]
      )
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted({ toolCalls: files.map((file) => ({ callId: file, toolName: "replace", input: { file } })) }),
          tools: { replace: tool }
        })
      )
    )
  })

  it.effect("an approval for a pattern covers what the pattern does, and no denial", () => {
    const { inputs, tool } = replacing()
    const policy: PolicySet = { allow: [], gate: ["fs:overwrite:/notes/**"] }
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { policy })
      const { approvalId, run } = yield* park(agent)
      const other = yield* Effect.flip(agent.approve(approvalId, { ...by, pattern: "fs:overwrite:/letters/**" }))
      assert.strictEqual(other.reason, "InvalidGrant")
      assert.include(other.message, "fs:overwrite:/notes/a")
      for (const grant of [
        { pattern: "everything" },
        { scope: "pattern" as const },
        { scope: "session" as const, pattern: "*" },
        { scope: "session" as const, input: { file: "notes/b" } }
      ]) {
        assert.strictEqual((yield* Effect.flip(agent.approve(approvalId, { ...by, ...grant }))).reason, "InvalidGrant")
      }
      // The pattern that lifts every gate needs a word more.
      const all = yield* Effect.flip(agent.approve(approvalId, { ...by, pattern: "*" }))
      assert.include(all.message, "the pattern * lifts every gate")
      yield* agent.approve(approvalId, { ...by, pattern: "*", everything: true })
      yield* Fiber.join(run)
      assert.deepStrictEqual(inputs, [{ file: "notes/a" }, { file: "notes/b" }])
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), [
        "replace ok",
        "replace ok",
        "replace denied"
      ])
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(replace("notes/a"), replace("notes/b"), replace("other")),
          tools: { replace: tool }
        })
      )
    )
  })
})

describe("arguments that a person changes", () => {
  it.effect("a call runs once with the arguments that a person changed, and the model is told", () => {
    const { inputs, tool } = replacing()
    const { model, told } = listening(replace("a"))
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.approve(approvalId, { ...by, input: { file: "b" } })
      yield* Fiber.join(run)
      assert.deepStrictEqual(inputs, [{ file: "b" }])
      assert.include(told(), "ada approved this call with other arguments")
      assert.include(told(), JSON.stringify(JSON.stringify({ file: "b" })).slice(1, -1))
      yield* checkStory(agent.sessionId)
    }).pipe(Effect.provide(world({ thresholds: confident, model, tools: { replace: tool } })))
  })

  it.effect("changed arguments that tool or policy do not allow are refused, and nothing is recorded", () => {
    const { inputs, tool } = replacing()
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { policy: { allow: [], gate: ["fs:overwrite:/a"] } })
      const { approvalId } = yield* park(agent)
      const { head } = yield* agent.snapshot
      const misfit = yield* Effect.flip(agent.approve(approvalId, { ...by, input: { path: "a" } }))
      assert.strictEqual(misfit.reason, "InvalidInput")
      assert.include(misfit.message, '"file" is missing')
      const noJson = yield* Effect.flip(agent.approve(approvalId, { ...by, input: { file: Number.NaN } }))
      assert.strictEqual(noJson.reason, "InvalidInput")
      const forbidden = yield* Effect.flip(agent.approve(approvalId, { ...by, input: { file: "b" } }))
      assert.strictEqual(forbidden.reason, "Forbidden")
      assert.include(forbidden.message, "fs:overwrite:/b")
      assert.strictEqual((yield* agent.snapshot).head, head)
      assert.deepStrictEqual(yield* waiting(agent), [approvalId])
      assert.lengthOf(inputs, 0)
    }).pipe(Effect.provide(world({ thresholds: confident, model: scripted(replace("a")), tools: { replace: tool } })))
  })
})

describe("an answer in vain", () => {
  it.effect("an answer in vain is told whether the approval is another session's or was answered before", () => {
    const { tool } = replacing()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const other = yield* spawn("other")
      const { approvalId, run } = yield* park(agent)
      const strange = yield* Effect.flip(other.approve(approvalId, by))
      assert.strictEqual(strange.reason, "Unknown")
      assert.include(strange.message, "has never asked")
      yield* agent.deny(approvalId, { actor: "bob" })
      const second = yield* Effect.flip(agent.deny(approvalId, by))
      assert.strictEqual(second.reason, "AlreadyAnswered")
      assert.include(second.message, "bob has denied")
      yield* Fiber.join(run)
    }).pipe(Effect.provide(world({ thresholds: confident, model: scripted(replace("a")), tools: { replace: tool } })))
  })
})

describe("a process that dies around an approval", () => {
  /** Parks an agent, answers while the journal dies, and goes on in a second process. */
  const twoLives = Effect.fnUntraced(function* (
    answer: ((agent: Agent, approvalId: string) => Effect.Effect<void, unknown>) | undefined,
    side: Side,
    idleMs = 0
  ) {
    const { inputs, tool } = replacing()
    const options: World = { thresholds: confident, model: scripted(replace("a")), tools: { replace: tool } }
    const base = yield* Layer.build(ground())
    const died = yield* Deferred.make<void>()
    const isAnswer = (type: string) => type === "ApprovalGranted" || type === "ApprovalDenied"
    const mortal = Layer.mergeAll(
      Layer.succeedContext(base),
      dying(
        Layer.succeed(Journal, Context.get(base, Journal)),
        (_, { events }) => events.some(({ kind }) => isAnswer(kind.type)),
        side,
        died
      )
    )
    const first = yield* Layer.buildWithScope(Layer.provide(population(options), mortal), yield* Scope.make())
    const approvalId = yield* Effect.gen(function* () {
      const agent = yield* spawn("scribe", { sessionId: "s" })
      const parked = yield* park(agent)
      if (answer !== undefined) {
        yield* Effect.forkDaemon(answer(agent, parked.approvalId))
        yield* Deferred.await(died)
      }
      return parked.approvalId
    }).pipe(Effect.provide(first))
    yield* TestClock.adjust(idleMs)
    const second = yield* Layer.build(Layer.provide(population(options), Layer.succeedContext(base)))
    return yield* Effect.gen(function* () {
      const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
      const outcome = yield* Effect.fork(agent.outcome)
      const pending = yield* waiting(agent)
      // An answer that comes too late is refused.
      if (pending.length > 0) yield* Effect.ignore(agent.approve(approvalId, by))
      yield* Fiber.join(outcome)
      const { all } = yield* checkStory("s")
      const answers = all.flatMap(({ kind }) => (isAnswer(kind.type) && "actor" in kind ? [kind.actor] : []))
      return { answers, inputs, outcomes: outcomes(all), result: ofType(all, "ToolResult")[0] }
    }).pipe(Effect.provide(Context.merge(base, second)))
  })

  for (const [name, answer, expected] of [
    ["grants", (agent: Agent, id: string) => agent.approve(id, { actor: "bob" }), "replace ok"],
    ["denies", (agent: Agent, id: string) => agent.deny(id, { actor: "bob" }), "replace denied"]
  ] as const) {
    it.scoped(`an answer that ${name} is kept once it is durable, and the call waits on when it is not`, () =>
      Effect.gen(function* () {
        const after = yield* twoLives(answer, "after")
        assert.deepStrictEqual(after.answers, ["bob"])
        assert.deepStrictEqual(after.outcomes, [expected])
        const before = yield* twoLives(answer, "before")
        assert.deepStrictEqual(before.answers, ["ada"])
        assert.deepStrictEqual(before.outcomes, ["replace ok"])
        assert.lengthOf(before.inputs, 1)
      })
    )
  }

  for (const side of ["before", "after"] as const) {
    it.scoped(`a request whose time runs out is denied once when the process dies ${side} recording that`, () =>
      Effect.gen(function* () {
        const lived = yield* twoLives(() => TestClock.adjust(limit), side)
        assert.deepStrictEqual([lived.answers, lived.outcomes], [["timeout"], ["replace denied"]])
        assert.include(lived.result && errorOf(lived.result), "no person answered by")
        assert.lengthOf(lived.inputs, 0)
      })
    )
  }

  it.scoped("a request whose time ran out while there was no process is denied at the next start", () =>
    Effect.gen(function* () {
      const lived = yield* twoLives(undefined, "before", limit)
      assert.deepStrictEqual([lived.answers, lived.outcomes], [["timeout"], ["replace denied"]])
    })
  )
})
