/** The subsystem of examples/subsystem.ts, which no file of src knows, through all sockets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Ref } from "effect"
import { spendcap, Wallet } from "../../../examples/subsystem/spendcap.js"
import { type ModelRequest, type ModelTurn, noUsage } from "../../../src/layers/aios/index.js"
import { noLog, Session, socketsOf } from "./support.js"

const request: ModelRequest = { sessionId: "s1", system: "You are scribe.", messages: [], tools: [] }
const turn: ModelTurn = {
  content: "",
  toolCalls: [],
  stopReason: "tool_use",
  usage: noUsage,
  model: "m",
  costUsd: 0.01
}

/** Asks for a payment, gates it, and runs it if it is not denied. */
const pay = Effect.fnUntraced(function* (session: Session, what: string) {
  const { sockets } = session
  const call = { callId: `c${session.sequence}`, toolName: "pay", input: { what } }
  session.append({ type: "ToolCall", ...call })
  const { capabilities, definition, execute } = yield* sockets.prepare(call, () => session.now()) ??
    Effect.dieMessage("no subsystem brings the tool")
  const gated = { callId: call.callId, input: call.input, definition, capabilities }
  const verdict = yield* sockets.decide(gated, session.now())
  if (verdict?.decision === "deny") {
    session.append({ type: "ToolResult", callId: call.callId, status: "denied", output: null, durationMs: 0 })
    return { verdict, output: null }
  }
  const context = { sessionId: "s1", runId: "r", callId: call.callId }
  const { events = [], output } = yield* sockets.aroundTool(gated, execute(context), session.now())
  session.append({ type: "ToolResult", callId: call.callId, status: "ok", output, durationMs: 1 }, ...events)
  return { verdict, output }
})

describe("a subsystem from outside, with one thing in each socket", () => {
  it.effect("a subsystem from outside perceives, compiles, gates, acts, meters, learns, advises and reports", () =>
    Effect.gen(function* () {
      const told = yield* Ref.make<ReadonlyArray<string>>([])
      const wallet = Layer.succeed(Wallet, {
        priceUsd: () => 0.4,
        deposits: Effect.succeed([0.25]),
        pay: (usd) => Effect.succeed(`receipt over ${usd}`),
        told
      })
      // The same subsystem over another wallet, which the test can look into.
      const observed: typeof spendcap = { ...spendcap, parts: { ...spendcap.parts, layer: wallet } }
      const session = yield* Effect.scoped(
        Effect.gen(function* () {
          const sockets = yield* socketsOf([observed])
          const session = new Session(sockets)
          const tick = Effect.gen(function* () {
            assert.deepStrictEqual(yield* sockets.perceive(session.now()), [
              { type: "ExternalSignal", signalType: "spendcap.deposit", data: 0.25 }
            ])
            assert.deepStrictEqual(yield* sockets.recall(session.now(), ""), [])
            assert.deepStrictEqual(
              (yield* sockets.blocks(session.now())).map(({ changes, rule, text }) => ({ changes, rule, text })),
              [{ changes: "tick", rule: "spendcap:budget", text: "You have spent $0.00 of $1.00." }]
            )
            const asked: Array<string> = []
            const answer = yield* sockets.aroundModel(
              request,
              ({ system }) =>
                Effect.as(
                  Effect.sync(() => asked.push(system)),
                  turn
                ),
              session.now()
            )
            assert.deepStrictEqual(asked, ["You are scribe.\n\nBe frugal."])
            session.append({ type: "AssistantMessage", ...answer, costUsd: 0.01 })

            const tea = yield* pay(session, "tea")
            assert.deepStrictEqual(tea, {
              verdict: undefined,
              output: { spentUsd: 0.01, of: { paid: "tea", before: 0.01 } }
            })
            yield* pay(session, "cake")
            // Both gates answer, and the strictest verdict wins.
            const { verdict } = yield* pay(session, "house")
            assert.deepStrictEqual(verdict, {
              decision: "deny",
              reason: "pay would go over the cap of $1",
              ruleId: "spendcap:overCap"
            })

            assert.closeTo((yield* sockets.observe(session.now())).costUsd, 0.003, 1e-9)
            session.append(...(yield* sockets.learn(session.now(), noLog)))
            assert.deepStrictEqual(
              (yield* sockets.regulate(session.now())).map(({ gauges, ruleId, withhold }) => ({
                gauges,
                ruleId,
                withhold
              })),
              [{ gauges: { "spendcap.share": 0.81 }, ruleId: "spendcap:capped", withhold: "changes" }]
            )
          })
          yield* sockets.provide(tick)
          return session
        })
      )
      assert.deepStrictEqual(session.types, [
        "AssistantMessage",
        "ToolCall",
        "ToolResult",
        "spendcap.Paid",
        "ToolCall",
        "ToolResult",
        "spendcap.Paid",
        "ToolCall",
        "ToolResult",
        "spendcap.Capped"
      ])
      // The end of the scope has waited for the reporter.
      assert.deepStrictEqual(yield* Ref.get(told), session.types)

      const { kinds, projections } = session.sockets
      assert.deepStrictEqual(projections.valueOf(session.values, observed), {
        spentUsd: 0.81,
        capUsd: 1,
        capped: true,
        bought: ["tea", "cake"]
      })
      const paid = session.journal[3]?.kind
      assert(paid !== undefined)
      assert.deepStrictEqual(kinds.redacted(paid), {
        type: "spendcap.Paid",
        v: 2,
        what: "tea",
        usd: 0.4,
        receipt: "[redacted]"
      })
      // A replay runs reducers only, and comes to the same state.
      const again = new Session(session.sockets)
      again.append(...session.journal.map(({ kind }) => kind))
      assert.deepStrictEqual(again.now(), session.now())
    })
  )

  it.scoped("a subsystem from outside is described in the order in which it is asked", () =>
    Effect.gen(function* () {
      const { definitions, describe } = yield* socketsOf([spendcap])
      assert.deepStrictEqual(
        describe().map(({ rule, socket }) => `${socket} ${rule}`),
        [
          "fold spendcap",
          "perceive spendcap:deposits",
          "recall spendcap:cap",
          "blocks spendcap:budget",
          "decide spendcap:overCap",
          "decide spendcap:nearCap",
          "tools spendcap:pay",
          "aroundModel spendcap:frugal",
          "aroundTool spendcap:bill",
          "observe spendcap:fee",
          "learn spendcap:cap",
          "regulate spendcap:capped",
          "report spendcap:owner"
        ]
      )
      assert.deepStrictEqual(
        describe().flatMap(({ detail }) => detail ?? []),
        [
          "version 1, folds spendcap.Paid, spendcap.Capped, spendcap.Raised, AssistantMessage",
          "200 tokens, priority 90, changes with each tick"
        ]
      )
      assert.deepStrictEqual(
        definitions.map(({ name }) => name),
        ["pay"]
      )
    })
  )
})
