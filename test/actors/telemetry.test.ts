/** Traces and metrics of agents, on a run with everything in it. */
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, ModelError, ToolError } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import { Telemetry } from "../../src/layers/vigil/index.js"
import { calls, ofType, records, scripted, spawn, untilIdle } from "../support/story.js"
import { childrenOf, outline, seriesOf, spanNamed, spansNamed, traced } from "../support/telemetry.js"
import { confident, ground, population, reader, type TestTool, world, writer } from "../support/world.js"

const broken: TestTool = {
  ...reader,
  run: () => new ToolError({ toolName: "broken", reason: "Unavailable", message: "the disk is gone" })
}

const throwing: TestTool = {
  ...reader,
  run: () =>
    Effect.sync(() => {
      throw new TypeError("no such field")
    })
}

const story = {
  model: scripted(
    { ...calls("look", "broken"), usage: { inputTokens: 100, outputTokens: 20, cacheReadTokens: 7 }, costUsd: 0.25 },
    { content: "Half of it.", usage: { inputTokens: 300, outputTokens: 40 }, costUsd: 0.5 }
  ),
  tools: { look: reader, broken },
  thresholds: confident
}

const phases = (...act: ReadonlyArray<string>) => [
  ...["perceive", "orient", "decide", "act"].map((phase) => `    life.${phase}`),
  ...act.map((name) => `      ${name}`),
  ...["observe", "learn", "regulate", "report"].map((phase) => `    life.${phase}`)
]

const append = "life.journal.append"

describe("a run", () => {
  it.effect("a run is one trace: the run, its ticks, their phases, and the work outside of the agent", () =>
    traced(story, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        const { runId } = yield* Effect.withSpan(agent.run("Do it."), "caller")
        yield* untilIdle
        const { spans } = memory
        const caller = spanNamed(spans, "caller")
        const run = spanNamed(spans, "invoke_agent scribe")
        assert.deepStrictEqual(outline(spans, caller), [
          "caller",
          "  invoke_agent scribe",
          ...[
            append,
            "life.tick",
            ...phases(append, "chat scripted-1").map((line) => line.slice(2)),
            "life.tick",
            ...phases(append, "execute_tool look", "execute_tool broken").map((line) => line.slice(2)),
            "life.tick",
            ...phases(append, "chat scripted-1").map((line) => line.slice(2)),
            `    ${append}`,
            `    ${append}`
          ].map((line) => `    ${line}`)
        ])
        assert.deepStrictEqual([...new Set(spans.map(({ traceId }) => traceId))], [run.traceId])
        assert.strictEqual(run.kind, "internal")
        assert.strictEqual(run.status, "unset")
        assert.deepStrictEqual(run.attributes, {
          "gen_ai.operation.name": "invoke_agent",
          "gen_ai.agent.name": "scribe",
          "gen_ai.conversation.id": "s",
          "session.id": "s",
          "life.run_id": runId,
          "life.run.end": "completed",
          "life.cost_usd": 0.75,
          "gen_ai.usage.input_tokens": 407,
          "gen_ai.usage.output_tokens": 60
        })
        const ticks = spansNamed(spans, "life.tick").map(({ attributes }) => attributes)
        assert.deepStrictEqual(
          ticks.map((tick) => [tick["life.tick"], tick["life.mode"], tick["life.plan"], tick["life.run_id"]]),
          [
            [1, "Explore", "think", runId],
            [2, "Execute", "tools", runId],
            [3, "Execute", "think", runId]
          ]
        )
        const act = spansNamed(spans, "life.act").map((span) => childrenOf(spans, span)[0])
        assert.deepStrictEqual(
          act.map((first) => first?.attributes["life.journal.events"]),
          [3, 7, 6]
        )
      })
    )
  )

  it.effect("a run shows a model call as the conventions have it", () =>
    traced(story, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.run("Do it.")
        const call = spansNamed(memory.spans, "chat scripted-1")[0] ?? assert.fail()
        assert.strictEqual(call.kind, "client")
        assert.strictEqual(call.status, "unset")
        assert.deepStrictEqual(call.attributes, {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "scripted",
          "gen_ai.request.model": "scripted-1",
          "gen_ai.conversation.id": "s",
          "gen_ai.agent.name": "scribe",
          "gen_ai.response.model": "scripted-1",
          "gen_ai.response.finish_reasons": ["tool_use"],
          "gen_ai.usage.input_tokens": 107,
          "gen_ai.usage.output_tokens": 20,
          "gen_ai.usage.cache_read.input_tokens": 7,
          "gen_ai.usage.cache_write.input_tokens": 0,
          "life.cost_usd": 0.25
        })
      })
    )
  )

  it.effect("a run shows each tool with its outcome, a failed one with its reason", () =>
    traced(story, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.run("Do it.")
        const look = spanNamed(memory.spans, "execute_tool look")
        assert.strictEqual(look.kind, "internal")
        assert.strictEqual(look.status, "unset")
        assert.deepStrictEqual(look.attributes, {
          "gen_ai.operation.name": "execute_tool",
          "gen_ai.tool.name": "look",
          "gen_ai.tool.type": "function",
          "gen_ai.tool.call.id": "look-0",
          "gen_ai.agent.name": "scribe",
          "gen_ai.conversation.id": "s",
          "life.tool.status": "ok"
        })
        const failed = spanNamed(memory.spans, "execute_tool broken")
        assert.strictEqual(failed.status, "error")
        assert.strictEqual(failed.message, "the disk is gone")
        assert.strictEqual(failed.attributes["life.tool.status"], "error")
        assert.strictEqual(failed.attributes["error.type"], "Unavailable")
        assert.strictEqual(failed.events[0]?.name, "exception")
      })
    )
  )

  it.effect("a run that fails has the reason of the model on both spans", () =>
    traced(
      {
        model: scripted(
          Effect.fail(
            new ModelError({ provider: "scripted", reason: "Authentication", retryable: false, message: "no key" })
          )
        )
      },
      (memory) =>
        Effect.gen(function* () {
          const agent = yield* spawn()
          assert.strictEqual((yield* agent.run("Do it.", { outcome: true })).reason, "error")
          yield* untilIdle
          for (const name of ["chat scripted-1", "invoke_agent scribe"]) {
            const span = spanNamed(memory.spans, name)
            assert.strictEqual(span.status, "error", name)
            assert.strictEqual(span.attributes["error.type"], "Authentication", name)
            assert.include(span.message, "no key")
          }
          const points = yield* memory.metrics
          assert.deepStrictEqual(seriesOf(points, "gen_ai.client.operation.duration", "error.type"), [
            "Authentication -> 0"
          ])
        })
    )
  )

  it.effect("a tool that throws is shown on its span, although the journal knows no outcome", () =>
    traced({ model: scripted(calls("throwing")), tools: { throwing }, thresholds: confident }, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { restart: "temporary" })
        assert.strictEqual((yield* agent.run("Do it.", { outcome: true })).reason, "error")
        const tool = spanNamed(memory.spans, "execute_tool throwing")
        assert.strictEqual(tool.status, "error")
        assert.strictEqual(tool.message, "no such field")
        assert.strictEqual(tool.attributes["error.type"], "TypeError")
        assert.strictEqual(tool.attributes["life.tool.status"], "error")
        assert.strictEqual(spansNamed(memory.spans, "life.act").at(-1)?.status, "error")
        assert.strictEqual(spansNamed(memory.spans, "life.tick").at(-1)?.status, "error")
        assert.strictEqual(spanNamed(memory.spans, "invoke_agent scribe").status, "error")
        assert.deepStrictEqual(
          seriesOf(yield* memory.metrics, "life.tool.executions", "gen_ai.tool.name", "life.tool.status"),
          ["throwing error -> 1", "throwing unknown -> 1"]
        )
      })
    )
  )

  it.effect("a run that is cancelled ends its open spans as interrupted, not as failed", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const model = ScriptedModel.layer(() => Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never))
      yield* traced({ model }, (memory) =>
        Effect.gen(function* () {
          const agent = yield* spawn()
          const run = yield* Effect.fork(agent.run("Do it."))
          yield* Deferred.await(asked)
          yield* agent.cancel("enough")
          yield* Fiber.join(run)
          yield* untilIdle
          const chat = spanNamed(memory.spans, "chat scripted-1")
          assert.strictEqual(chat.status, "unset")
          assert.strictEqual(chat.attributes["status.interrupted"], true)
          const span = spanNamed(memory.spans, "invoke_agent scribe")
          assert.strictEqual(span.status, "unset")
          assert.strictEqual(span.attributes["life.run.end"], "cancelled")
        })
      )
    })
  )

  it.effect("a run that waits for a person stays one span, also when its agent was passivated meanwhile", () =>
    traced(
      {
        model: scripted(calls("replace")),
        tools: { replace: { capabilities: ["fs:overwrite:/old"] } },
        thresholds: confident,
        idleAgentsMax: 0
      },
      (memory) =>
        Effect.gen(function* () {
          const agent = yield* spawn("scribe", { sessionId: "s" })
          const run = yield* Effect.fork(agent.run("Replace it."))
          yield* Stream.runHead(Stream.filter(agent.events, ({ kind }) => kind.type === "ApprovalRequested"))
          yield* untilIdle
          assert.deepStrictEqual(spansNamed(memory.spans, "invoke_agent scribe"), [])
          const [{ approvalId = "" } = {}] = (yield* agent.snapshot).approvals
          yield* agent.approve(approvalId, { actor: "ada" })
          yield* Fiber.join(run)
          yield* untilIdle
          const span = spanNamed(memory.spans, "invoke_agent scribe")
          const ticks = spansNamed(memory.spans, "life.tick")
          assert.isAbove(ticks.length, 2)
          assert.isTrue(ticks.every(({ parentSpanId }) => parentSpanId === span.spanId))
        })
    )
  )

  it.effect("a run that a process left open goes on in a trace of its own, which links to the one before", () =>
    Effect.gen(function* () {
      const base = yield* Layer.build(ground())
      const asked = yield* Deferred.make<void>()
      const lives = [Telemetry.makeMemory(), Telemetry.makeMemory()] as const
      const live = (memory: Telemetry.Memory, model: ReturnType<typeof scripted>, scope: Scope.Scope) =>
        Layer.buildWithScope(
          population({ model }).pipe(
            Layer.provide(Telemetry.layer({ exporter: memory })),
            Layer.provide(Layer.succeedContext(base))
          ),
          scope
        )
      const scope = yield* Scope.make()
      const hanging = ScriptedModel.layer(() => Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never))
      const first = yield* live(lives[0], hanging, scope)
      yield* spawn("scribe", { sessionId: "s" }).pipe(
        Effect.flatMap((agent) => agent.run("Do it.")),
        Effect.provide(first),
        Effect.forkDaemon
      )
      yield* Deferred.await(asked)
      yield* Scope.close(scope, Exit.void)
      const second = yield* live(lives[1], scripted({ content: "Done." }), yield* Effect.scope)
      yield* Effect.gen(function* () {
        const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get("s"))
        yield* agent.outcome
        yield* untilIdle
      }).pipe(Effect.provide(second))
      const before = spanNamed(lives[0].spans, "invoke_agent scribe")
      const after = spanNamed(lives[1].spans, "invoke_agent scribe")
      assert.strictEqual(before.attributes["status.interrupted"], true)
      assert.strictEqual(before.attributes["life.run_id"], after.attributes["life.run_id"])
      assert.notStrictEqual(before.traceId, after.traceId)
      assert.isUndefined(after.parentSpanId)
      assert.strictEqual(after.attributes["life.run.resumed"], true)
      assert.deepStrictEqual(after.links, [{ traceId: before.traceId, spanId: before.spanId }])
      const all = yield* Effect.provide(records("s"), base)
      const started = all.find(({ kind }) => kind.type === "RunStarted")
      assert.deepStrictEqual(started?.trace, { traceId: before.traceId, spanId: before.spanId })
    }).pipe(Effect.scoped)
  )
})

describe("a record", () => {
  it.effect("a record names the span it comes from", () =>
    traced(story, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.run("Do it.")
        yield* untilIdle
        const names = new Map(memory.spans.map(({ name, spanId }) => [spanId, name]))
        const all = yield* records("s")
        const spansOf = (type: string) =>
          all.flatMap(({ kind, trace }) => (kind.type === type ? [names.get(trace?.spanId ?? "")] : []))
        assert.deepStrictEqual(spansOf("SessionCreated"), [undefined])
        assert.deepStrictEqual(spansOf("UserMessage"), ["invoke_agent scribe"])
        assert.deepStrictEqual(spansOf("RunStarted"), ["invoke_agent scribe"])
        assert.deepStrictEqual(spansOf("AssistantMessage"), ["chat scripted-1", "chat scripted-1"])
        assert.deepStrictEqual(spansOf("ToolResult"), ["execute_tool look", "execute_tool broken"])
        assert.deepStrictEqual(spansOf("RunFinished"), ["life.report"])
        assert.isTrue(spansOf("PhaseEntered").every((name) => name?.startsWith("life.")))
      })
    )
  )

  it.effect("a record has the same digest whether its agent is traced or not", () =>
    Effect.gen(function* () {
      const digests = Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.run("Do it.")
        yield* untilIdle
        assert.strictEqual((yield* (yield* Journal).verify({ sessionId: "s", branchId: "main" })).flaw._tag, "None")
        return (yield* records("s")).map(({ digest }) => digest)
      })
      const plain = yield* Effect.provide(digests, Layer.fresh(world(story)))
      const withTelemetry = yield* traced(story, () => digests)
      const dropped = yield* traced(story, () => digests, { samplingRatio: 0 })
      assert.isAbove(plain.length, 20)
      assert.deepStrictEqual(withTelemetry, plain)
      assert.deepStrictEqual(dropped, plain)
    })
  )
})

describe("metrics", () => {
  it.effect("metrics count what agents do", () =>
    traced(story, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn("scribe", { sessionId: "s" })
        yield* agent.run("Do it.", { budget: { toolCallsRemaining: 10, tokensRemaining: 1_000 } })
        yield* untilIdle
        const points = yield* memory.metrics
        const series = (name: string, ...attributes: ReadonlyArray<string>) => seriesOf(points, name, ...attributes)
        assert.deepStrictEqual(series("gen_ai.client.token.usage", "gen_ai.token.type", "gen_ai.request.model"), [
          "input scripted-1 -> 407",
          "output scripted-1 -> 60"
        ])
        assert.deepStrictEqual(series("life.cost", "gen_ai.provider.name"), ["scripted -> 0.75"])
        assert.deepStrictEqual(series("life.tool.executions", "gen_ai.tool.name", "life.tool.status"), [
          "broken error -> 1",
          "look ok -> 1"
        ])
        assert.deepStrictEqual(series("life.mode.transitions", "life.mode.from", "life.mode.to"), [
          "Execute Sleep -> 1",
          "Explore Execute -> 1"
        ])
        assert.deepStrictEqual(series("life.budget.tool_calls_remaining", "gen_ai.conversation.id"), ["s -> 8"])
        assert.deepStrictEqual(series("life.budget.tokens_remaining", "gen_ai.agent.name"), ["scribe -> 533"])
        assert.deepStrictEqual(series("life.budget.cost_remaining"), [" -> 4.25"])
        assert.deepStrictEqual(series("life.mailbox.depth", "gen_ai.conversation.id"), ["s -> 0"])
        const histogram = (name: string) => points.find((point) => point.name === name) ?? assert.fail(name)
        assert.strictEqual(histogram("gen_ai.invoke_agent.duration").count, 1)
        assert.strictEqual(histogram("gen_ai.client.operation.duration").count, 2)
        assert.strictEqual(
          points
            .filter(({ name }) => name === "gen_ai.execute_tool.duration")
            .reduce((sum, { count = 0 }) => sum + count, 0),
          2
        )
        assert.isAbove(histogram("life.journal.append.duration").count ?? 0, 4)
        assert.deepStrictEqual(
          histogram("gen_ai.client.operation.duration").buckets?.boundaries,
          [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
        )
        assert.strictEqual(histogram("gen_ai.client.token.usage").buckets?.boundaries.at(-1), 67_108_864)
        assert.strictEqual(histogram("gen_ai.invoke_agent.duration").buckets?.boundaries.at(-1), 409.6)
        // The metrics of Effect come along.
        assert.isTrue(points.some(({ name }) => name === "life_journal_transactions_total"))
      })
    )
  )

  it.effect("metrics do not grow with the tools a model invents", () =>
    traced({ model: scripted(calls("teleport", "fly")), tools: { look: reader } }, (memory) =>
      Effect.gen(function* () {
        const agent = yield* spawn()
        yield* agent.run("Do it.")
        assert.deepStrictEqual(seriesOf(yield* memory.metrics, "life.tool.executions", "gen_ai.tool.name"), [
          "_OTHER -> 2"
        ])
      })
    )
  )
})

const secret = "sk-ant-api03-0123456789abcdef0123456789"
const talkative = {
  model: scripted({ ...calls("look"), content: `My key is ${secret}.` }, { content: "The end." }),
  tools: { look: { ...reader, run: () => Effect.succeed({ found: `token=${secret}`, password: "hunter2" }) } },
  thresholds: confident
}
const run = Effect.gen(function* () {
  const agent = yield* spawn()
  yield* agent.run(`Use ${secret} and nothing else.`)
  yield* untilIdle
})

describe("what is said", () => {
  it.effect("what is said is on no span by default", () =>
    traced(talkative, (memory) =>
      Effect.map(run, () => {
        const text = JSON.stringify(memory.spans)
        for (const said of ["My key", "nothing else", "found", "hunter2", secret]) assert.notInclude(text, said)
      })
    )
  )

  it.effect("what is said is on the spans when that was asked for, with secrets masked", () =>
    traced(
      talkative,
      (memory) =>
        Effect.map(run, () => {
          const { spans } = memory
          const content = (name: string, attribute: string, index = 0) =>
            JSON.parse(String(spansNamed(spans, name)[index]?.attributes[attribute]))
          assert.deepStrictEqual(content("chat scripted-1", "gen_ai.output.messages"), [
            {
              role: "assistant",
              parts: [
                { type: "text", content: "My key is [masked]." },
                { type: "tool_call", id: "look-0", name: "look", arguments: { n: 0 } }
              ],
              finish_reason: "tool_use"
            }
          ])
          const messages = content("chat scripted-1", "gen_ai.input.messages", 1)
          assert.deepStrictEqual(messages[0], {
            role: "user",
            parts: [{ type: "text", content: "Use [masked] and nothing else." }]
          })
          assert.deepStrictEqual(messages[2].role, "tool")
          assert.deepStrictEqual(content("execute_tool look", "gen_ai.tool.call.arguments"), { n: 0 })
          assert.deepStrictEqual(content("execute_tool look", "gen_ai.tool.call.result").password, "[masked]")
          assert.include(spansNamed(spans, "chat scripted-1")[0]?.attributes["gen_ai.system_instructions"], "You are")
          assert.deepStrictEqual(
            content("invoke_agent scribe", "gen_ai.output.messages")[0].parts[0].content,
            "The end."
          )
          const text = JSON.stringify(spans)
          assert.notInclude(text, secret)
          assert.notInclude(text, "hunter2")
        }),
      { captureContent: true }
    )
  )

  it.effect("what is said is masked in the message of a failure, too", () => {
    const leaking: TestTool = {
      ...reader,
      run: () => new ToolError({ toolName: "leaking", reason: "Unavailable", message: `401 for Bearer ${secret}` })
    }
    return traced({ model: scripted(calls("leaking")), tools: { leaking }, thresholds: confident }, (memory) =>
      Effect.map(run, () => {
        assert.include(spanNamed(memory.spans, "execute_tool leaking").message, "401 for Bearer [masked]")
        assert.notInclude(JSON.stringify(memory.spans), secret)
      })
    )
  })
})

describe("a system without telemetry", () => {
  it.effect("a system without a telemetry layer traces and measures nothing, and its records name no span", () =>
    Effect.gen(function* () {
      assert.isUndefined((yield* Telemetry.Telemetry).instruments)
      const agent = yield* spawn("scribe", { sessionId: "s" })
      yield* Effect.withSpan(agent.run("Do it."), "caller")
      const all = yield* records("s")
      assert.isTrue(all.every(({ trace }) => trace === undefined))
      assert.strictEqual(ofType(all, "ToolResult").length, 1)
    }).pipe(Effect.provide(world({ model: scripted(calls("write")), tools: { write: writer }, thresholds: confident })))
  )
})

describe("a tool", () => {
  it.effect("a tool runs inside its span: spans of its own are parts of it", () => {
    const look: TestTool = { ...reader, run: () => Effect.withSpan(Effect.succeed("seen"), "looking") }
    return traced({ model: scripted(calls("look")), tools: { look } }, (memory) =>
      Effect.map(run, () => {
        const tool = spanNamed(memory.spans, "execute_tool look")
        assert.strictEqual(spanNamed(memory.spans, "looking").parentSpanId, tool.spanId)
      })
    )
  })

  it.effect("a tool of a trace that is not kept leaves no spans either", () => {
    const look: TestTool = { ...reader, run: () => Effect.withSpan(Effect.succeed("seen"), "looking") }
    return traced(
      { model: scripted(calls("look")), tools: { look } },
      (memory) =>
        Effect.gen(function* () {
          const agent = yield* spawn("scribe", { sessionId: "s" })
          yield* agent.run("Do it.")
          assert.deepStrictEqual(memory.spans, [])
          assert.isTrue((yield* records("s")).every(({ trace }) => trace === undefined))
          // Measurements do not depend on what is traced.
          assert.deepStrictEqual(seriesOf(yield* memory.metrics, "life.tool.executions"), [" -> 1"])
        }),
      { samplingRatio: 0 }
    )
  })
})

describe("an embedder's own tracer", () => {
  it.effect("an embedder's own tracer gets the same spans", () =>
    Effect.gen(function* () {
      const memory = Telemetry.makeMemory()
      // @effect/opentelemetry's tracer stands for any other: it knows nothing of agents.
      const own = yield* Layer.build(Telemetry.layer({ exporter: memory }))
      const telemetry = Telemetry.layerTracer().pipe(
        Layer.provide(Layer.setTracer((Context.get(own, Telemetry.Telemetry).instruments ?? assert.fail()).tracer))
      )
      yield* Effect.provide(run, Layer.provide(world(story), telemetry))
      const { spans } = memory
      const agent = spanNamed(spans, "invoke_agent scribe")
      assert.strictEqual(spansNamed(spans, "life.tick").length, 3)
      assert.isTrue(spansNamed(spans, "life.tick").every(({ parentSpanId }) => parentSpanId === agent.spanId))
      const chat = spansNamed(spans, "chat scripted-1")[0] ?? assert.fail()
      assert.strictEqual(chat.kind, "client")
      assert.deepStrictEqual(chat.attributes["gen_ai.response.finish_reasons"], ["tool_use"])
      assert.strictEqual(spanNamed(spans, "execute_tool broken").status, "error")
    }).pipe(Effect.scoped)
  )
})
