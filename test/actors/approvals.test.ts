import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Logger } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import type { Json, ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { calls, checkStory, errorOf, ofType, outcomes, records, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, reader, type TestTool, world } from "../support/world.js"

const by = { actor: "ada" }

/** A tool that needs an approval, and the inputs it was called with. */
const gatedTool = () => {
  const inputs: Array<Json> = []
  const tool: TestTool = {
    capabilities: ["fs:overwrite:/old"],
    run: (input) =>
      Effect.sync(() => {
        inputs.push(input)
        return "replaced"
      })
  }
  return { inputs, tool }
}

/** Runs an agent until it waits for a person, and gives the run and the approval. */
const park = Effect.fnUntraced(function* (agent: Agent) {
  const run = yield* Effect.fork(agent.run("Replace it."))
  yield* Effect.yieldNow()
  yield* untilIdle
  const { approvals } = yield* agent.snapshot
  return { run, approvalId: approvals[0]?.approvalId ?? "none", approvals }
})

describe("a call that needs an approval", () => {
  it.effect("a call that needs an approval parks the agent without a fiber and ticks, and the run stays open", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvals, run } = yield* park(agent)
      const view = yield* agent.snapshot
      assert.strictEqual(view.mode, "AskHuman")
      assert.isDefined(view.run)
      assert.deepStrictEqual(
        approvals.map(({ toolName, input, status }) => ({ toolName, input, status })),
        [{ toolName: "replace", input: { n: 0 }, status: "gated" }]
      )
      for (let i = 0; i < 100; i++) yield* Effect.yieldNow()
      assert.strictEqual((yield* agent.snapshot).head, view.head)
      assert.deepStrictEqual(
        (yield* (yield* ActorSystem).list).map(({ status }) => status),
        ["idle"]
      )
      assert.strictEqual(yield* Fiber.poll(run).pipe(Effect.map((exit) => exit._tag)), "None")
      assert.lengthOf(inputs, 0)
      assert.strictEqual((yield* Effect.flip(agent.run("Another."))).reason, "Busy")
    }).pipe(
      Effect.provide(
        world({ thresholds: confident, model: scripted(calls("replace")), tools: { look: reader, replace: tool } })
      )
    )
  })

  it.effect("a call that needs an approval is logged with the approval and what would be done", () => {
    const lines: Array<string> = []
    const logger = Logger.add(
      Logger.make(({ logLevel, message }) => void lines.push(`${logLevel.label} ${String(message)}`))
    )
    const { tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId } = yield* park(agent)
      const [line, ...others] = lines.filter((each) => each.includes("waits for the approval"))
      assert.match(line ?? "", /^WARN /)
      assert.include(line, `waits for the approval ${approvalId}: replace would replace what is in /old;`)
      assert.include(line, `\`life approve\`; the session is ${agent.sessionId}.`)
      assert.lengthOf(others, 0)
    }).pipe(
      Effect.provide(
        Layer.provide(
          world({ thresholds: confident, model: scripted(calls("replace")), tools: { look: reader, replace: tool } }),
          logger
        )
      )
    )
  })

  it.effect("a call that needs an approval cannot be approved any more after a message that cuts it off", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.tell("Leave it.", { mode: "interrupt" })
      const error = yield* Effect.flip(agent.approve(approvalId, by))
      assert.strictEqual(error._tag === "ApprovalError" && error.reason, "Expired")
      assert.include(error.message, "the call is cancelled now")
      yield* Fiber.join(run)
      assert.lengthOf(inputs, 0)
      assert.lengthOf(ofType((yield* checkStory(agent.sessionId)).all, "ApprovalGranted"), 0)
    }).pipe(
      Effect.provide(
        world({ thresholds: confident, model: scripted(calls("replace")), tools: { look: reader, replace: tool } })
      )
    )
  })

  it.effect("a call that needs an approval does not hold up the other calls of its turn", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      assert.deepStrictEqual(outcomes(yield* records(agent.sessionId)), ["look ok", "look ok"])
      yield* agent.approve(approvalId, by)
      assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["look ok", "look ok", "replace ok"])
      assert.lengthOf(inputs, 1)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(calls("look", "replace", "look#second")),
          tools: { look: reader, replace: tool }
        })
      )
    )
  })

  it.effect("a call that is approved runs once, with exactly its arguments", () => {
    const { inputs, tool } = gatedTool()
    const model = ScriptedModel.layer((_, turn) =>
      turn === 0 ? ScriptedModel.call("replace", { path: "old", content: ["a", 1, null] }) : { content: "done" }
    )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.approve(approvalId, { actor: "ada", reason: "looks right" })
      assert.strictEqual((yield* Fiber.join(run)).reason, "completed")
      assert.deepStrictEqual(inputs, [{ path: "old", content: ["a", 1, null] }])
      const { all } = yield* checkStory(agent.sessionId)
      const [granted] = ofType(all, "ApprovalGranted")
      assert.deepInclude(granted, { approvalId, actor: "ada", reason: "looks right" })
      assert.match(granted?.signedBy?.signature ?? "", /^[0-9a-f]{128}$/)
      const second = yield* Effect.flip(agent.approve(approvalId, by))
      assert.strictEqual(second.reason, "AlreadyAnswered")
      assert.include(second.message, `ada has granted the approval ${approvalId}`)
      assert.lengthOf(inputs, 1)
    }).pipe(Effect.provide(world({ thresholds: confident, model, tools: { replace: tool } })))
  })

  it.effect("a call takes only one of two answers that come at once, and none for an unknown approval", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      assert.strictEqual((yield* Effect.flip(agent.approve("nobody-asked", by))).reason, "Unknown")
      assert.strictEqual((yield* Effect.flip(agent.deny("nobody-asked", by))).reason, "Unknown")
      const answers = yield* Effect.all(
        [Effect.exit(agent.deny(approvalId, by)), Effect.exit(agent.approve(approvalId, by))],
        { concurrency: 2 }
      )
      assert.deepStrictEqual(
        answers.map(({ _tag }) => _tag),
        ["Success", "Failure"]
      )
      yield* Fiber.join(run)
      assert.lengthOf(inputs, 0)
      yield* checkStory(agent.sessionId)
    }).pipe(
      Effect.provide(world({ thresholds: confident, model: scripted(calls("replace")), tools: { replace: tool } }))
    )
  })

  it.effect("a denial tells the model its reason", () => {
    const { inputs, tool } = gatedTool()
    const requests: Array<ModelRequest> = []
    const model = ScriptedModel.layer((request, turn) => {
      requests.push({ ...request, messages: [...request.messages] })
      return turn === 0 ? calls("replace") : { content: "Then not." }
    })
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.deny(approvalId, { actor: "ada", reason: "it is the only copy" })
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Then not.")
      assert.lengthOf(inputs, 0)
      assert.include(JSON.stringify(requests[1]?.messages.at(-1)), "it is the only copy")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["replace denied"])
    }).pipe(Effect.provide(world({ thresholds: confident, model, tools: { replace: tool } })))
  })

  it.effect("the next identical call asks for an approval again", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.approve(approvalId, by)
      yield* untilIdle
      const again = (yield* agent.snapshot).approvals
      assert.lengthOf(again, 1)
      assert.notStrictEqual(again[0]?.approvalId, approvalId)
      assert.lengthOf(inputs, 1)
      yield* agent.approve(again[0]?.approvalId ?? "none", by)
      yield* Fiber.join(run)
      assert.lengthOf(inputs, 2)
      yield* checkStory(agent.sessionId)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(calls("replace"), calls("replace")),
          tools: { replace: tool }
        })
      )
    )
  })

  it.effect("a turn waits for all of its approvals, and each call runs when its own is granted", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvals, run } = yield* park(agent)
      assert.lengthOf(approvals, 2)
      yield* agent.approve(approvals[1]?.approvalId ?? "none", by)
      yield* untilIdle
      assert.deepStrictEqual(inputs, [{ n: 1, id: "b" }])
      assert.strictEqual((yield* agent.snapshot).mode, "AskHuman")
      yield* agent.approve(approvals[0]?.approvalId ?? "none", by)
      yield* Fiber.join(run)
      assert.deepStrictEqual(inputs, [{ n: 1, id: "b" }, { n: 0 }])
      yield* checkStory(agent.sessionId)
    }).pipe(
      Effect.provide(
        world({ thresholds: confident, model: scripted(calls("replace", "replace#b")), tools: { replace: tool } })
      )
    )
  })

  it.effect("a call that waits at the end of its process is approved in the next one, and the run ends", () => {
    const { inputs, tool } = gatedTool()
    const options = {
      thresholds: confident,
      model: scripted(calls("look", "replace")),
      tools: { look: reader, replace: tool }
    }
    return Effect.gen(function* () {
      const { sessionId, approvalId } = yield* Effect.gen(function* () {
        const agent = yield* spawn()
        return { sessionId: agent.sessionId, ...(yield* park(agent)) }
      }).pipe(Effect.scoped, Effect.provide(population(options)))
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get(sessionId))
        yield* untilIdle
        assert.deepStrictEqual(
          (yield* agent.snapshot).approvals.map((call) => call.approvalId),
          [approvalId]
        )
        const outcome = yield* Effect.fork(agent.outcome)
        yield* agent.approve(approvalId, by)
        assert.strictEqual((yield* Fiber.join(outcome)).reason, "completed")
        assert.lengthOf(inputs, 1)
        yield* checkStory(sessionId)
      }).pipe(Effect.provide(population(options)))
    }).pipe(Effect.provide(ground()))
  })

  it.effect("a call that waits for an approval is cancelled with its run", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const { approvalId, run } = yield* park(agent)
      yield* agent.cancel("never mind")
      assert.strictEqual((yield* Fiber.join(run)).reason, "cancelled")
      assert.strictEqual((yield* Effect.flip(agent.approve(approvalId, by))).reason, "Unknown")
      assert.deepStrictEqual(outcomes((yield* checkStory(agent.sessionId)).all), ["replace cancelled"])
      assert.lengthOf(inputs, 0)
    }).pipe(
      Effect.provide(world({ thresholds: confident, model: scripted(calls("replace")), tools: { replace: tool } }))
    )
  })

  it.effect("a request for an approval names the capability, the rule and the risk in the journal", () => {
    const { tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn()
      yield* park(agent)
      const all = yield* records(agent.sessionId)
      assert.deepStrictEqual(
        ofType(all, "PolicyEvaluated").map(({ decision, ruleId }) => [decision, ruleId]),
        [["require_approval", "gate:fs:overwrite:/**"]]
      )
      assert.deepStrictEqual(
        ofType(all, "ApprovalRequested").map(({ capability, risk }) => [capability, risk]),
        [["fs:overwrite:/old", "high"]]
      )
    }).pipe(
      Effect.provide(
        world({
          // The agent looks first: a mode that refuses changes does not even ask.
          model: scripted(calls("look"), calls("replace")),
          tools: { look: reader, replace: { ...tool, annotations: { destructive: true } } }
        })
      )
    )
  })

  it.effect("a call that the mode or the policy forbids is refused, not parked", () => {
    const { inputs, tool } = gatedTool()
    return Effect.gen(function* () {
      const agent = yield* spawn("strict", { policy: { allow: ["fs:read:/**", "tool:call:look"], gate: [] } })
      const run = yield* agent.run("Replace it.")
      assert.strictEqual(run.reason, "completed")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["look ok", "replace denied"])
      const refused = ofType(all, "ToolResult")[1]
      assert.include(refused && errorOf(refused), "The policy does not allow fs:overwrite:/old")
      assert.lengthOf(inputs, 0)
    }).pipe(
      Effect.provide(
        world({
          thresholds: confident,
          model: scripted(calls("look"), calls("replace")),
          tools: { look: reader, replace: tool }
        })
      )
    )
  })
})
