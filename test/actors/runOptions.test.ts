import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Layer, Logger, LogLevel } from "effect"
import type { ActorSystemOptions } from "../../src/actors/ActorSystemOptions.js"
import type { ApprovalReply, RunOptions } from "../../src/actors/Agent.js"
import { ModelError, type WaitingCall } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { calls, checkStory, ofType, outcomes, scripted, spawn, untilIdle } from "../support/story.js"
import { confident, ground, population, reader, type TestTool, type World, world } from "../support/world.js"

const replace: TestTool = { capabilities: ["fs:overwrite:/old"], run: () => Effect.succeed("replaced") }

const gated = (turns: ReadonlyArray<ScriptedModel.ScriptedTurn>) => {
  const warnings: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) => {
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) warnings.push(String(message))
  })
  const options: World = { thresholds: confident, model: scripted(...turns), tools: { look: reader, replace } }
  return { logger, options, warnings }
}

const gatedWorld = (turns: ReadonlyArray<ScriptedModel.ScriptedTurn>, more: Partial<ActorSystemOptions> = {}) => {
  const { logger, options, warnings } = gated(turns)
  return { warnings, layer: Layer.provide(world({ ...options, ...more }), Logger.add(logger)) }
}

/** Starts a run, and gives its call once it waits and `onApproval` was asked. */
const park = (onApproval: RunOptions["onApproval"]) =>
  Effect.gen(function* () {
    const agent = yield* spawn()
    const run = yield* Effect.fork(agent.run("Replace it.", onApproval && { onApproval }))
    yield* Effect.yieldNow()
    yield* untilIdle
    yield* Effect.repeatN(Effect.yieldNow(), 100)
    const [waiting] = (yield* agent.snapshot).approvals
    return { agent, run, waiting }
  })

describe("a run with onApproval", () => {
  it.effect("a run with onApproval has each waiting call answered, and warns of none", () => {
    const { layer, warnings } = gatedWorld([calls("replace"), calls("replace"), { content: "Done." }])
    const asked: Array<WaitingCall> = []
    const onApproval = (call: WaitingCall): ApprovalReply => {
      asked.push(call)
      return asked.length === 1
        ? { decision: "approve", actor: "ada" }
        : { decision: "deny", actor: "ada", reason: "once is enough" }
    }
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const closed = yield* agent.run("Replace it.", { onApproval })
      assert.strictEqual(closed.finalAnswer, "Done.")
      const { all } = yield* checkStory(agent.sessionId)
      assert.deepStrictEqual(outcomes(all), ["replace ok", "replace denied"])
      assert.deepStrictEqual(
        asked.map(({ request, toolName }) => [toolName, request.risk]),
        [
          ["replace", "medium"],
          ["replace", "medium"]
        ]
      )
      assert.deepStrictEqual(warnings, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a run whose onApproval gives an answer that does not fit warns, and the call goes on waiting", () => {
    const { layer, warnings } = gatedWorld([calls("replace"), { content: "Done." }])
    const onApproval = () =>
      Effect.succeed<ApprovalReply>({ decision: "approve", actor: "ada", scope: "pattern", pattern: "fs:read:/other" })
    return Effect.gen(function* () {
      const { agent, run, waiting } = yield* park(onApproval)
      assert.strictEqual(waiting?.toolName, "replace")
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "gave an answer that does not fit: agent scribe")
      yield* agent.approve(waiting?.approvalId ?? "", { actor: "ada" })
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Done.")
    }).pipe(Effect.provide(layer))
  })

  for (const [how, onApproval] of [
    ["throws", () => assert.fail("no answer")],
    ["dies", () => Effect.dieMessage("no answer")]
  ] as const) {
    it.effect(`a run whose onApproval ${how} warns, and the call goes on waiting`, () => {
      const { layer, warnings } = gatedWorld([calls("replace"), { content: "Done." }])
      return Effect.gen(function* () {
        const { agent, run, waiting } = yield* park(onApproval)
        assert.lengthOf(warnings, 1)
        assert.include(
          warnings[0],
          `onApproval broke; the call replace-0 goes on waiting for the approval ${waiting?.approvalId}`
        )
        yield* agent.approve(waiting?.approvalId ?? "", { actor: "ada" })
        assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Done.")
      }).pipe(Effect.provide(layer))
    })
  }

  it.effect("a run whose onApproval takes too long has it ended when another client answers", () => {
    const { layer, warnings } = gatedWorld([calls("replace"), { content: "Done." }])
    let isEnded = false
    const onApproval = () => Effect.onInterrupt(Effect.never, () => Effect.sync(() => (isEnded = true)))
    return Effect.gen(function* () {
      const { agent, run, waiting } = yield* park(onApproval)
      yield* agent.approve(waiting?.approvalId ?? "", { actor: "bob" })
      assert.strictEqual((yield* Fiber.join(run)).finalAnswer, "Done.")
      assert.isTrue(isEnded)
      assert.deepStrictEqual(warnings, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a run whose onApproval gives no answer warns, and the call goes on waiting", () => {
    const { layer, warnings } = gatedWorld([calls("replace")])
    // @ts-expect-error -- an answer of another form, as from JavaScript
    const onApproval = (): ApprovalReply => ({ decision: "approved", actor: "ada" })
    return Effect.gen(function* () {
      const { waiting } = yield* park(onApproval)
      assert.isDefined(waiting)
      assert.include(warnings[0], "with the decision approve or deny")
    }).pipe(Effect.provide(layer))
  })
})

describe("a call that waits when its process ends", () => {
  it.effect("a call that waits when its process ends is warned of in the next process", () => {
    const { options, logger, warnings } = gated([calls("replace")])
    const live = Layer.provide(population(options), Logger.add(logger))
    return Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.start("Replace it.")
        yield* Effect.yieldNow()
        yield* untilIdle
      }).pipe(Effect.provide(live))
      assert.lengthOf(warnings.splice(0), 1)
      yield* Effect.zipRight(Effect.repeatN(Effect.yieldNow(), 200), untilIdle).pipe(Effect.provide(live))
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], "scribe waits for the approval")
    }).pipe(Effect.provide(ground()))
  })
})

describe("a run that is refused", () => {
  it.effect("a run that is refused because another is open answers no call of that other run", () => {
    const { layer, warnings } = gatedWorld([calls("replace"), calls("replace#2"), { content: "Done." }])
    const first: Array<string> = []
    const seconds: Array<string> = []
    const onApproval = (list: Array<string>, { callId }: WaitingCall): Effect.Effect<ApprovalReply> =>
      Effect.as(
        Effect.sync(() => list.push(callId)),
        { decision: "deny", actor: "ada" }
      )
    return Effect.gen(function* () {
      const agent = yield* spawn()
      const refused = agent.run("Meanwhile.", { onApproval: (call) => onApproval(seconds, call) })
      const closed = yield* agent.run("Replace it.", {
        onApproval: (call) =>
          Effect.zipRight(
            Effect.flatMap(Effect.either(refused), (ended) =>
              Effect.sync(() => assert.include(Either.isLeft(ended) ? ended.left.message : "", "has an open run"))
            ),
            onApproval(first, call)
          )
      })
      assert.strictEqual(closed.finalAnswer, "Done.")
      assert.lengthOf(first, 2)
      assert.deepStrictEqual([seconds, warnings], [[], []])
    }).pipe(Effect.provide(layer))
  })
})

describe("a system without warnings of approvals", () => {
  it.effect("a system without warnings of approvals says nothing when a call begins to wait", () => {
    const { layer, warnings } = gatedWorld([calls("replace")], { approvalWarnings: false })
    return Effect.gen(function* () {
      const { waiting } = yield* park(undefined)
      assert.isDefined(waiting)
      assert.deepStrictEqual(warnings, [])
    }).pipe(Effect.provide(layer))
  })
})

describe("a run that ends in an error", () => {
  const broken = ScriptedModel.layer(() =>
    Effect.fail(
      new ModelError({ provider: "scripted", reason: "Authentication", retryable: false, message: "the key is wrong" })
    )
  )

  it.effect("a run that ends in an error fails with its outcome, and is a value where the options ask for that", () =>
    Effect.gen(function* () {
      const agent = yield* spawn()
      const error = yield* Effect.flip(agent.run("Think."))
      assert.strictEqual(error._tag, "RunError")
      if (error._tag !== "RunError") return
      assert.deepStrictEqual([error.code, error.run?.reason], ["LIFE_RUN_ERRORED", "error"])
      assert.include(error.message, "agent scribe ended its run")
      assert.include(error.message, "the key is wrong")
      const value = yield* agent.run("Think.", { outcome: true })
      assert.deepStrictEqual([value.reason, value.error], ["error", "the key is wrong"])
      assert.strictEqual((yield* agent.outcome).error, "the key is wrong")
      const { all } = yield* checkStory(agent.sessionId)
      assert.lengthOf(ofType(all, "RunErrored"), 2)
    }).pipe(Effect.provide(world({ model: broken })))
  )
})
