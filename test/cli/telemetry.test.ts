/** `life run --trace`, and the log. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { afterEach, beforeEach } from "vitest"
import type { Telemetry } from "../../src/layers/vigil/index.js"
import { takeCommonOptions } from "../../src/cli/logging.js"
import { collecting, nobody } from "../support/collector.js"
import { eventOf, life, workspace } from "./command.js"

let place: ReturnType<typeof workspace>
beforeEach(() => {
  place = workspace()
})
afterEach(() => place[Symbol.dispose]())

const slowly = { timeout: 240_000 }

const linesOf = (text: string): ReadonlyArray<string> => text.split("\n").filter((line) => line !== "")

describe("life run --trace", () => {
  it("life run --trace writes the spans into a file, and the records say which is theirs", slowly, async () => {
    const file = join(place.root, "spans.jsonl")
    const { code, stderr } = await life(["run", "--session", "s", "--trace", `file=${file}`, ...place.at])
    assert.strictEqual(code, 0, stderr)
    const spans = linesOf(readFileSync(file, "utf8")).map((line): Telemetry.FinishedSpan => JSON.parse(line))
    const run = spans.find(({ name }) => name === "invoke_agent life")
    assert.strictEqual(run?.attributes["gen_ai.conversation.id"], "s")
    assert.isTrue(spans.some(({ name }) => name === "chat scout-1"))
    assert.isTrue(spans.some(({ name }) => name === "execute_tool write_file"))
    const log = await life(["log", "s", "--json", ...place.at])
    const records = linesOf(log.stdout).map((line) => ({ ...eventOf(line), trace: JSON.parse(line).trace }))
    const started = records.find(({ kind }) => kind.type === "RunStarted")
    assert.deepStrictEqual(started?.trace, { traceId: run?.traceId, spanId: run?.spanId })
    const verified = await life(["verify", "s", ...place.at])
    assert.strictEqual(verified.code, 0, verified.stderr)
  })

  it("life run --trace prints spans on the standard error, and none on the standard output", slowly, async () => {
    const { code, stderr, stdout } = await life(["run", "--json", "--trace", "console", ...place.at])
    assert.strictEqual(code, 0)
    for (const line of linesOf(stdout)) eventOf(line)
    assert.isTrue(linesOf(stderr).every((line) => line.startsWith("span  ")))
    assert.include(stderr, "  invoke_agent life  ")
  })

  it("life run --trace sends the spans to a collector", slowly, () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const collector = yield* collecting()
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: "nightly" }
        const { code, stderr } = yield* Effect.promise(() => life(["run", "--trace", "otlp", ...place.at], { env }))
        assert.strictEqual(code, 0, stderr)
        assert.strictEqual(stderr, "")
        assert.isTrue(collector.spans().some(({ name }) => name === "invoke_agent life"))
        assert.isTrue(collector.metricNames().has("life.tool.executions"))
        assert.strictEqual(collector.resource("/v1/traces")["service.name"], "nightly")
        assert.strictEqual(collector.resource("/v1/metrics")["service.version"], "0.1.0")
      }).pipe(Effect.scoped)
    )
  )

  it("life run --trace says once that there is no collector, and the run does not change", slowly, () =>
    Effect.runPromise(
      Effect.gen(function* () {
        const env = { OTEL_EXPORTER_OTLP_ENDPOINT: yield* nobody, LIFE_LOG_FORMAT: "json" }
        const { code, stderr } = yield* Effect.promise(() => life(["run", "--trace", "otlp", ...place.at], { env }))
        assert.strictEqual(code, 0)
        const [line = "", ...others] = linesOf(stderr)
        assert.deepStrictEqual(others, [])
        assert.strictEqual(JSON.parse(line).level, "warning")
        assert.include(JSON.parse(line).message, "telemetry does not reach")
        assert.isTrue(existsSync(place.report))
      })
    )
  )

  it("life run --trace refuses an unknown value before anything begins", slowly, async () => {
    const cases: ReadonlyArray<readonly [string, number, RegExp, { readonly [name: string]: string }?]> = [
      ["collector", 2, /--trace is console, otlp, or file=PATH, not "collector"/],
      [`file=${place.root}/missing/spans`, 1, /missing\/spans \(.*ENOENT/],
      ["otlp", 1, /LIFE_SAMPLING_RATIO is the share of traces to keep/, { LIFE_SAMPLING_RATIO: "2" }]
    ]
    for (const [trace, expected, message, env = {}] of cases) {
      const { code, stderr } = await life(["run", "--trace", trace, ...place.at], { env })
      assert.strictEqual(code, expected, stderr)
      assert.match(stderr, message)
    }
    assert.isFalse(existsSync(place.report))
  })
})

describe("the log", () => {
  it("the log takes its level and format anywhere on the command line", () => {
    const taken = (...words: ReadonlyArray<string>) => {
      const { rest, wishes } = takeCommonOptions(words)
      return [rest.join(" "), wishes.level.value, wishes.format.value, wishes.verbose]
    }
    assert.deepStrictEqual(taken("run", "--json"), ["run --json", "warning", "pretty", false])
    assert.deepStrictEqual(taken("--log-level", "info", "run"), ["run", "info", "pretty", false])
    assert.deepStrictEqual(taken("run", "--log-format=json", "x"), ["run x", "warning", "json", false])
    assert.deepStrictEqual(taken("run", "--log-level=debug"), ["run", "debug", "pretty", true])
    assert.deepStrictEqual(taken("run", "--log-level"), ["run", "", "pretty", false])
    assert.deepStrictEqual(taken("run", "--", "--log-level", "info"), [
      "run -- --log-level info",
      "warning",
      "pretty",
      false
    ])
  })

  it("the log refuses an unknown level or format, and its options are in the help", slowly, async () => {
    const { code, stderr } = await life(["sessions", ...place.at, "--log-format", "xml"])
    assert.strictEqual(code, 2)
    assert.include(stderr, '--log-format is one of pretty, json, not "xml"')
    const help = await life(["run", "--help"])
    assert.include(help.stdout, "--trace console|otlp|file=PATH")
    assert.include(help.stdout, "--log-format pretty|json")
  })
})
