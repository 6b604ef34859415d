/** Spans in files and on the console, settings that make no sense, and measurements that are none. */
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Context, Effect, Layer, Metric } from "effect"
import { defaultBudget, Limits } from "../../../../src/layers/aios/index.js"
import { Telemetry } from "../../../../src/layers/vigil/index.js"
import { calls, scripted, spawn, untilIdle } from "../../../support/story.js"
import { seriesOf } from "../../../support/telemetry.js"
import { confident, reader, world } from "../../../support/world.js"

const tempDir = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "life-vigil-"))),
  (directory) => Effect.sync(() => rmSync(directory, { recursive: true, force: true }))
)

const runWith = (telemetry: Telemetry.Options) =>
  Effect.gen(function* () {
    const agent = yield* spawn("scribe", { sessionId: "s" })
    yield* agent.run("Do it.")
    yield* untilIdle
  }).pipe(
    Effect.provide(
      world({ model: scripted(calls("look")), tools: { look: reader }, thresholds: confident }).pipe(
        Layer.provide(Telemetry.layer(telemetry)),
        Layer.fresh
      )
    )
  )

const failureOf = (options: Telemetry.Options, environment: { readonly [name: string]: string } = {}) =>
  Effect.flip(Layer.build(Telemetry.layer(options))).pipe(
    Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))),
    Effect.scoped
  )

describe("a file", () => {
  it.scopedLive("a file has a JSON object per line for each span, run after run, and is its owner's", () =>
    Effect.gen(function* () {
      const file = join(yield* tempDir, "spans.jsonl")
      yield* runWith({ exporter: { file } })
      const lines = (): ReadonlyArray<Telemetry.FinishedSpan> =>
        readFileSync(file, "utf8")
          .trimEnd()
          .split("\n")
          .map((line) => JSON.parse(line))
      const first = lines()
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      const run = first.find(({ name }) => name === "invoke_agent scribe")
      assert.match(run?.startTime ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/)
      assert.strictEqual(run?.attributes["gen_ai.conversation.id"], "s")
      assert.isTrue(first.every(({ traceId }) => traceId === run?.traceId))
      yield* runWith({ exporter: { file } })
      assert.strictEqual(lines().length, 2 * first.length)
    })
  )

  it.effect("a file that cannot be written is refused before anything runs, and the message names it", () =>
    Effect.gen(function* () {
      const error = yield* failureOf({ exporter: { file: "/nowhere/at/all/spans.jsonl" } })
      assert.strictEqual(error.reason, "Unwritable")
      assert.include(error.message, "/nowhere/at/all/spans.jsonl")
    })
  )
})

describe("the console", () => {
  it.effect("the console gets a line for each span when it ends", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      yield* runWith({ exporter: { console: (line) => lines.push(line) } })
      const chat = lines.find((line) => line.includes("chat scripted-1")) ?? assert.fail()
      assert.match(chat, /^span  [0-9a-f]{32} [0-9a-f]{16}>[0-9a-f]{16}  chat scripted-1  \d+\.\d{3} ms  /)
      assert.include(chat, 'gen_ai.response.finish_reasons=["tool_use"]')
      assert.isBelow(
        lines.indexOf(chat),
        lines.findIndex((line) => line.includes("invoke_agent scribe"))
      )
    })
  )
})

describe("settings", () => {
  it.effect("malformed settings are refused, and the message says which", () =>
    Effect.gen(function* () {
      const messages: ReadonlyArray<readonly [string, Telemetry.Options, { readonly [name: string]: string }?]> = [
        ["the endpoint of the telemetry", { endpoint: "localhost:4318" }],
        ["OTEL_EXPORTER_OTLP_ENDPOINT", {}, { OTEL_EXPORTER_OTLP_ENDPOINT: "somewhere" }],
        ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", {}, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "ftp://x" }],
        ["OTEL_EXPORTER_OTLP_HEADERS", {}, { OTEL_EXPORTER_OTLP_HEADERS: "no value" }],
        ["OTEL_EXPORTER_OTLP_HEADERS", {}, { OTEL_EXPORTER_OTLP_HEADERS: "a=100%" }],
        ["samplingRatio", { samplingRatio: 1.5 }],
        ["LIFE_SAMPLING_RATIO", {}, { LIFE_SAMPLING_RATIO: "half" }],
        ["OTEL_TRACES_SAMPLER is one of", {}, { OTEL_TRACES_SAMPLER: "coin" }],
        ["OTEL_TRACES_SAMPLER_ARG", {}, { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "2" }],
        ["grpc", {}, { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }]
      ]
      for (const [part, options, environment] of messages) {
        const error = yield* failureOf(options, environment)
        assert.strictEqual(error.reason, "InvalidConfig")
        assert.include(error.message, part)
      }
    })
  )

  it.effect("settings capture content when the environment says so", () =>
    Effect.gen(function* () {
      for (const [value, captures] of [
        ["true", true],
        ["1", true],
        ["no", false],
        ["", false]
      ] as const) {
        const context = yield* Layer.build(Telemetry.layer({ exporter: Telemetry.makeMemory() })).pipe(
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["LIFE_CAPTURE_CONTENT", value]])))
        )
        const { instruments } = Context.get(context, Telemetry.Telemetry)
        assert.strictEqual(instruments?.captureContent, captures)
      }
    }).pipe(Effect.scoped)
  )
})

describe("a meter", () => {
  const metered = <A, E>(
    use: (meter: Telemetry.Meter, memory: Telemetry.Memory) => Effect.Effect<A, E>
  ): Effect.Effect<A, E | Telemetry.TelemetryError> =>
    Effect.gen(function* () {
      const memory = Telemetry.makeMemory()
      const context = yield* Layer.build(Telemetry.layer({ exporter: memory }))
      const { instruments } = Context.get(context, Telemetry.Telemetry)
      return yield* use((instruments ?? assert.fail()).meter, memory)
    }).pipe(Effect.scoped)

  it.effect("a meter drops what is no number, and so do the metrics of Effect on their way out", () =>
    metered((meter, memory) =>
      Effect.gen(function* () {
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2]) {
          meter.record("cost", value, {})
          meter.record("appendDuration", value, {})
        }
        yield* Metric.set(Metric.gauge("test_gauge_without_a_number"), Number.NaN)
        yield* Metric.set(Metric.gauge("test_gauge"), 3)
        const points = yield* memory.metrics
        assert.deepStrictEqual(seriesOf(points, "life.cost"), [" -> 2"])
        assert.deepStrictEqual(seriesOf(points, "life.journal.append.duration"), [" -> 2"])
        assert.deepStrictEqual(seriesOf(points, "test_gauge"), [" -> 3"])
        assert.deepStrictEqual(seriesOf(points, "test_gauge_without_a_number"), [])
      })
    )
  )

  it.effect("a meter shows the sessions that were heard of last, up to a limit", () =>
    metered((meter, memory) =>
      Effect.gen(function* () {
        const standing = { name: "scribe", budget: defaultBudget, unperceived: 0 }
        for (let i = 0; i < Limits.gaugeSessionsMax; i++) meter.observe(`session-${i}`, standing)
        meter.observe("session-0", { ...standing, unperceived: 9 })
        meter.observe("another", standing)
        const shown = seriesOf(yield* memory.metrics, "life.mailbox.depth", "gen_ai.conversation.id")
        assert.strictEqual(shown.length, Limits.gaugeSessionsMax)
        assert.include(shown, "session-0 -> 9")
        assert.include(shown, "another -> 0")
        assert.notInclude(shown, "session-1 -> 0")
      })
    )
  )
})
