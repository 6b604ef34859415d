/** Middleware around model turns and calls: nesting, what stays on record, and middleware that breaks. */
import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Fiber, Schema, TestClock } from "effect"
import {
  ModelError,
  type ModelRequest,
  type ModelTurn,
  noUsage,
  Subsystem,
  ToolError
} from "../../../src/layers/aios/index.js"
import type { CallOutput, Sockets } from "../../../src/actors/index.js"
import { gatedCall as call, Session, socketsOf } from "./support.js"
import { warningsOf } from "../../support/warnings.js"

type Act = NonNullable<Subsystem.Contributions<undefined, never>["act"]>
type AroundTool = NonNullable<Act["aroundTool"]>[string]
type AroundModel = NonNullable<Act["aroundModel"]>[string]

const refusal = new ToolError({ toolName: "look", reason: "Unavailable", message: "no" })
const used = { usage: { ...noUsage, inputTokens: 1 }, costUsd: 1 }
const file = { path: "/a", sha256: "", sizeBytes: 1 }

const around = (name: string, x: AroundTool) =>
  Subsystem.make({
    name,
    act: { aroundTool: { x: (...asked) => x(...asked) as Effect.Effect<Subsystem.Output, ToolError> } }
  })
const aroundModel = (name: string, x: AroundModel) =>
  Subsystem.make({
    name,
    act: { aroundModel: { x: (request, next, view) => x(request, next, view) as Effect.Effect<ModelTurn, ModelError> } }
  })

const run = (sockets: Sockets, execute: Effect.Effect<CallOutput, ToolError>) =>
  sockets.provide(sockets.aroundTool(call, execute, new Session(sockets).now()))
const ask = (sockets: Sockets, generate: (request: ModelRequest) => Effect.Effect<ModelTurn, ModelError>) =>
  sockets.provide(sockets.aroundModel(request, generate, new Session(sockets).now()))

const request: ModelRequest = { sessionId: "s", system: "", messages: [], tools: [] }
const answer = (content: string): ModelTurn => ({
  content,
  toolCalls: [],
  stopReason: "end_turn",
  usage: noUsage,
  model: "m",
  costUsd: 0
})

describe("middleware", () => {
  it.scoped("middleware is nested in the order of the list, the first outermost", () =>
    Effect.gen(function* () {
      const wrapping = (name: string) =>
        around(name, (_, next) => Effect.map(next, (output) => ({ output: [name, output] })))
      const writing = (name: string) =>
        aroundModel(name, (asked, next) =>
          Effect.map(next({ ...asked, system: `${asked.system}${name}` }), (turn) => ({
            ...turn,
            content: `${name}(${turn.content})`
          }))
        )
      const sockets = yield* socketsOf([wrapping("a"), writing("b"), wrapping("c"), writing("d")])
      assert.deepStrictEqual((yield* run(sockets, Effect.succeed({ output: 1 }))).output, ["a", ["c", 1]])
      assert.strictEqual((yield* ask(sockets, ({ system }) => Effect.succeed(answer(system)))).content, "b(d(bd))")
    })
  )

  it.scoped("a call without middleware costs nothing more", () =>
    Effect.gen(function* () {
      const sockets = yield* socketsOf([])
      const execute = Effect.succeed({ output: 1 })
      assert.strictEqual(sockets.aroundTool(call, execute, new Session(sockets).now()), execute)
    })
  )

  it.scoped("middleware keeps on record what every run of the call did, and adds what it did itself", () =>
    Effect.gen(function* () {
      const paying = Subsystem.make({
        name: "paying",
        events: { Paid: Subsystem.event({ fields: { usd: Schema.Number } }) },
        act: {
          aroundTool: {
            twice: (_, next) =>
              Effect.zipWith(next, next, (a, b) => ({
                output: [a, b],
                events: [{ type: "paying.Paid", usd: 1 }],
                used: { ...used, ticks: 2 }
              }))
          }
        }
      })
      const sockets = yield* socketsOf([paying])
      const done = yield* run(
        sockets,
        Effect.succeed({
          output: 1,
          files: [file],
          used,
          events: [{ type: "Custom", eventType: "deleted", data: "/b" }]
        })
      )
      assert.deepStrictEqual<unknown>(done, {
        output: [1, 1],
        files: [file, file],
        events: [
          { type: "Custom", eventType: "deleted", data: "/b" },
          { type: "Custom", eventType: "deleted", data: "/b" },
          { type: "Raw", of: "paying.Paid", raw: '{"type":"paying.Paid","usd":1}', flaw: "unknown type" }
        ],
        used: { usage: { ...noUsage, inputTokens: 3 }, costUsd: 3, ticks: 2, toolCalls: 0 }
      })
    })
  )

  it.scoped("middleware may refuse a call, or withhold its output afterwards; what the call did stays", () =>
    Effect.gen(function* () {
      const before = yield* socketsOf([around("before", () => refusal)])
      let ran = false
      const error = yield* Effect.flip(
        run(
          before,
          Effect.sync(() => ({ output: (ran = true) }))
        )
      )
      assert.strictEqual(error, refusal)
      assert.isFalse(ran)
      const after = yield* socketsOf([around("after", (_, next) => Effect.zipRight(next, refusal))])
      assert.deepStrictEqual(yield* run(after, Effect.succeed({ output: 1, files: [file] })), {
        output: { error: "The call ran, but its output is withheld: no" },
        files: [file]
      })
    })
  )

  it.scoped("middleware sees what the call and the middleware inside did, and nothing before the call", () =>
    Effect.gen(function* () {
      const shown: Array<Subsystem.Done> = []
      const watching = around("watching", (_, next, __, done) => {
        shown.push(done())
        return Effect.map(next, (output) => (shown.push(done()), { output }))
      })
      const paying = around("paying", (_, next) => Effect.map(next, (output) => ({ output, used })))
      yield* run(yield* socketsOf([watching, paying]), Effect.succeed({ output: 1, files: [file] }))
      assert.deepStrictEqual<unknown>(shown, [{}, { files: [file], used }])
    })
  )

  it.scoped("middleware that breaks before the call is left out, and the call then runs once", () =>
    Effect.gen(function* () {
      for (const breaks of [
        () => {
          throw new Error("boom")
        },
        () => Effect.die("boom"),
        () => Effect.interrupt
      ] satisfies ReadonlyArray<AroundTool>) {
        let runs = 0
        const sockets = yield* socketsOf([
          around("broken", breaks),
          around("kept", (_, next) => Effect.map(next, (output) => ({ output: [output] })))
        ])
        const [{ output }, warnings] = yield* warningsOf(
          run(
            sockets,
            Effect.sync(() => ({ output: ++runs }))
          )
        )
        assert.deepStrictEqual(output, [1])
        assert.strictEqual(runs, 1)
        assert.match(warnings.join(), /^the contribution broken:x of the subsystem broken broke: it is left out/)
      }
    })
  )

  it.scoped("middleware that breaks after the call is left out, and the call does not run again", () =>
    Effect.gen(function* () {
      let runs = 0
      const sockets = yield* socketsOf([
        around("broken", (_, next) => Effect.zipRight(next, Effect.die("boom"))),
        aroundModel("brokentoo", (asked, next) => Effect.zipRight(next(asked), Effect.die("boom")))
      ])
      const [{ output }] = yield* warningsOf(
        run(
          sockets,
          Effect.sync(() => ({ output: ++runs, files: [file] }))
        )
      )
      assert.deepStrictEqual([output, runs], [1, 1])
      const [{ content }] = yield* warningsOf(ask(sockets, () => Effect.succeed(answer(String(++runs)))))
      assert.strictEqual(content, "2")
    })
  )

  it.scoped("middleware has its own time, in which what is inside does not count", () =>
    Effect.gen(function* () {
      const slow = (beforeMs: number, afterMs: number) =>
        Subsystem.make({
          name: "slow",
          contributionMsMax: 100,
          act: {
            aroundTool: {
              x: (_, next) =>
                Effect.sleep(beforeMs).pipe(
                  Effect.zipRight(next),
                  Effect.tap(() => Effect.sleep(afterMs)),
                  Effect.map((output) => ({ output: ["slow", output] }))
                )
            }
          }
        })
      const outputOf = (beforeMs: number, insideMs: number, afterMs: number) =>
        Effect.gen(function* () {
          const sockets = yield* socketsOf([slow(beforeMs, afterMs)])
          const inner = Effect.delay(Effect.succeed({ output: 1 }), Duration.millis(insideMs))
          const fiber = yield* Effect.fork(warningsOf(run(sockets, inner)))
          yield* TestClock.adjust("1 minute")
          const [{ output }, warnings] = yield* Fiber.join(fiber)
          return [output, warnings.length]
        })
      assert.deepStrictEqual(yield* outputOf(49, 10_000, 50), [["slow", 1], 0])
      assert.deepStrictEqual(yield* outputOf(101, 10, 0), [1, 1])
      assert.deepStrictEqual(yield* outputOf(50, 10_000, 60), [1, 1])
    })
  )

  it.scoped("middleware that heeds no interruption is left out in time, and cannot run the call again later", () =>
    Effect.gen(function* () {
      let ran = 0
      const stubborn = Subsystem.make({
        name: "stubborn",
        contributionMsMax: 100,
        act: {
          aroundTool: {
            x: (_, next) =>
              Effect.map(Effect.uninterruptible(Effect.zipRight(Effect.sleep(1_000), next)), (output) => ({ output }))
          }
        }
      })
      const sockets = yield* socketsOf([stubborn])
      const fiber = yield* Effect.fork(
        warningsOf(
          run(
            sockets,
            Effect.sync(() => ({ output: ++ran }))
          )
        )
      )
      yield* TestClock.adjust(100)
      const [{ output }, warnings] = yield* Fiber.join(fiber)
      assert.deepStrictEqual([output, warnings.length], [1, 1])
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(ran, 1)
    })
  )

  it.scoped("middleware passes a failure from inside on, and is not warned of for what broke inside", () =>
    Effect.gen(function* () {
      const sockets = yield* socketsOf([aroundModel("passing", (asked, next) => next(asked))])
      const failure = new ModelError({ provider: "p", reason: "Overloaded", retryable: true, message: "later" })
      assert.strictEqual(yield* Effect.flip(ask(sockets, () => failure)), failure)
      const [exit, warnings] = yield* warningsOf(Effect.exit(ask(sockets, () => Effect.die("inner"))))
      assert.match(String(exit), /inner/)
      assert.deepStrictEqual(warnings, [])
    })
  )
})
