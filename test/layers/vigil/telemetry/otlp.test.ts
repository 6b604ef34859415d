/** Data that reaches a collector, and proof that no collector can harm an agent. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Logger } from "effect"
import { Limits } from "../../../../src/layers/aios/index.js"
import { Telemetry } from "../../../../src/layers/vigil/index.js"
import { accepting, collecting, failing, nobody, silent } from "../../../support/collector.js"
import { calls, scripted, spawn, untilIdle } from "../../../support/story.js"
import { confident, reader, world } from "../../../support/world.js"

const run = Effect.gen(function* () {
  const agent = yield* spawn("scribe", { sessionId: "s" })
  const outcome = yield* agent.run("Do it.")
  yield* untilIdle
  return outcome
})

/** Runs an agent whose telemetry is set up like this, and closes everything. */
const runWith = (telemetry: Telemetry.Options, environment: { readonly [name: string]: string } = {}) =>
  Effect.provide(
    run,
    world({ model: scripted(calls("look")), tools: { look: reader }, thresholds: confident }).pipe(
      Layer.provide(Telemetry.layer(telemetry)),
      Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment))))),
      Layer.fresh
    )
  )

describe("a collector", () => {
  it.scopedLive("a collector gets spans and metrics, each at its path, with headers and the service's name", () =>
    Effect.gen(function* () {
      const collector = yield* collecting()
      yield* runWith({
        endpoint: `${collector.url}/`,
        headers: { "x-tenant": "blue" },
        serviceName: "scribes",
        serviceVersion: "7",
        resourceAttributes: { "deployment.environment.name": "test" }
      })
      assert.deepStrictEqual([...new Set(collector.requests.map(({ path }) => path))].toSorted(), [
        "/v1/metrics",
        "/v1/traces"
      ])
      assert.isTrue(collector.requests.every(({ headers }) => headers["x-tenant"] === "blue"))
      assert.isTrue(collector.requests.every(({ headers }) => headers["content-type"] === "application/json"))
      for (const path of ["/v1/traces", "/v1/metrics"]) {
        const resource = collector.resource(path)
        assert.strictEqual(resource["service.name"], "scribes")
        assert.strictEqual(resource["service.version"], "7")
        assert.strictEqual(resource["deployment.environment.name"], "test")
      }
      const spans = collector.spans()
      const agent = spans.find(({ name }) => name === "invoke_agent scribe")
      const chat = spans.find(({ name }) => name === "chat scripted-1")
      assert.strictEqual(agent?.kind, 1)
      assert.strictEqual(chat?.kind, 3)
      assert.deepStrictEqual(chat?.attributes["gen_ai.response.finish_reasons"], ["tool_use"])
      assert.isTrue(spans.every(({ traceId }) => traceId === agent?.traceId))
      const metrics = collector.metricNames()
      for (const { name } of [
        Telemetry.metrics.tokenUsage,
        Telemetry.metrics.operationDuration,
        Telemetry.metrics.toolExecutions,
        Telemetry.metrics.budgetTokens,
        Telemetry.metrics.mailboxDepth
      ]) {
        assert.isTrue(metrics.has(name), name)
      }
    })
  )

  it.scopedLive("a collector is found through the percent-decoded variables of OpenTelemetry", () =>
    Effect.gen(function* () {
      const collector = yield* collecting()
      yield* runWith(
        {},
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/base`,
          OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/exactly/here`,
          OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic%20YTpi%3D, x-a=1",
          OTEL_EXPORTER_OTLP_METRICS_HEADERS: "x-a=2",
          OTEL_SERVICE_NAME: "from-environment",
          OTEL_RESOURCE_ATTRIBUTES: "team=blue%20sky,service.name=hidden"
        }
      )
      const to = (path: string) => collector.requests.find((request) => request.path === path) ?? assert.fail(path)
      assert.strictEqual(to("/exactly/here").headers.authorization, "Basic YTpi=")
      assert.strictEqual(to("/exactly/here").headers["x-a"], "1")
      assert.strictEqual(to("/base/v1/metrics").headers["x-a"], "2")
      assert.strictEqual(collector.resource("/exactly/here")["service.name"], "from-environment")
      assert.strictEqual(collector.resource("/exactly/here")["team"], "blue sky")
    })
  )

  it.scopedLive("a collector gets nothing when the SDK is disabled", () =>
    Effect.gen(function* () {
      const collector = yield* collecting()
      yield* runWith({ endpoint: collector.url }, { OTEL_SDK_DISABLED: "true" })
      assert.deepStrictEqual(collector.requests, [])
    })
  )

  for (const [what, arrange] of [
    ["that is down", nobody],
    ["that answers 500", Effect.map(collecting(failing), ({ url }) => url)],
    ["that never answers", Effect.map(collecting(silent), ({ url }) => url)],
    [
      "that is something else",
      Effect.map(
        collecting((response) => void response.writeHead(404).end()),
        ({ url }) => url
      )
    ]
  ] as const) {
    it.scopedLive(`a collector ${what} costs one warning, and neither the run nor the end waits for it`, () =>
      Effect.gen(function* () {
        const endpoint = yield* arrange
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => void warnings.push(String(message)))
        const from = performance.now()
        const outcome = yield* Effect.provide(runWith({ endpoint }), Logger.replace(Logger.defaultLogger, logger))
        assert.strictEqual(outcome.reason, "completed")
        assert.isBelow(performance.now() - from, Limits.exportFlushMsMax + 5_000)
        // The last attempt may end after the wait.
        assert.isAtMost(warnings.length, 1)
        if (what !== "that never answers") {
          assert.include(warnings[0], `telemetry does not reach ${endpoint}/v1/`)
          assert.include(warnings[0], "OTEL_EXPORTER_OTLP_ENDPOINT")
        }
      })
    )
  }
})

describe("a collector that redirects", () => {
  for (const status of [301, 307, 308]) {
    it.scopedLive(`a ${status} to another host gets no spans and no metrics there`, () =>
      Effect.gen(function* () {
        const other = yield* collecting(accepting, "127.0.0.2")
        const collector = yield* collecting(
          (response) => void response.writeHead(status, { location: `${other.url}/v1/traces` }).end()
        )
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => void warnings.push(String(message)))
        const endpoint = { endpoint: collector.url }
        const outcome = yield* Effect.provide(runWith(endpoint), Logger.replace(Logger.defaultLogger, logger))
        assert.strictEqual(outcome.reason, "completed")
        assert.isAbove(collector.requests.length, 0)
        assert.deepStrictEqual(other.requests, [])
        assert.strictEqual(warnings.length, 1)
        assert.include(warnings[0], `telemetry does not reach ${collector.url}/v1/`)
        assert.include(warnings[0], String(status))
      })
    )
  }
})

describe("sampling", () => {
  const runs = (samplingRatio: number) =>
    Effect.gen(function* () {
      const collector = yield* collecting(accepting)
      yield* Effect.gen(function* () {
        for (let i = 0; i < 24; i++) yield* Effect.flatMap(spawn(`agent-${i}`), (agent) => agent.run("Do it."))
        yield* untilIdle
      }).pipe(
        Effect.provide(
          world({ model: scripted() }).pipe(
            Layer.provide(Telemetry.layer({ endpoint: collector.url, samplingRatio })),
            Layer.fresh
          )
        )
      )
      return collector.spans()
    })

  it.scopedLive("sampling keeps whole traces or none, as their id says", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* runs(0), [])
      const all = new Set((yield* runs(1)).map(({ traceId }) => traceId))
      assert.strictEqual(all.size, 24)
      const half = yield* runs(0.5)
      const kept = new Set(half.map(({ traceId }) => traceId))
      assert.isAbove(kept.size, 2)
      assert.isBelow(kept.size, 22)
      // Each kept trace is there with its root, and would be kept by any sampler that goes by the id.
      assert.strictEqual(half.filter(({ name }) => name.startsWith("invoke_agent")).length, kept.size)
      assert.isTrue([...kept].every(isBelowHalf))
    })
  )

  it.scopedLive("sampling leaves the decision to the program that began the trace", () =>
    Effect.gen(function* () {
      const memory = Telemetry.makeMemory()
      const parent = (sampled: boolean) => ({
        _tag: "ExternalSpan" as const,
        traceId: "f".repeat(32),
        spanId: "1".repeat(16),
        sampled,
        context: Context.empty()
      })
      const under = (sampled: boolean) => Effect.withParentSpan(run, parent(sampled))
      const setUp = (samplingRatio: number) =>
        world({ model: scripted() }).pipe(
          Layer.provide(Telemetry.layer({ exporter: memory, samplingRatio })),
          Layer.fresh
        )
      yield* Effect.provide(under(false), setUp(1))
      assert.deepStrictEqual(memory.spans, [])
      yield* Effect.provide(under(true), setUp(0))
      assert.isTrue(
        memory.spans.some(({ name, parentSpanId }) => name === "invoke_agent scribe" && parentSpanId === "1".repeat(16))
      )
    })
  )
})

// The sampler folds an id into 32 bits, and keeps the ids below its share of them.
const isBelowHalf = (traceId: string): boolean => {
  let folded = 0
  for (let at = 0; at < 32; at += 8) folded = (folded ^ Number.parseInt(traceId.slice(at, at + 8), 16)) >>> 0
  return folded < 0.5 * 0xffffffff
}
