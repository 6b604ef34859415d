/** Lines of the log name the trace they belong to, keep their annotations, and hold no secrets. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Tracer } from "effect"
import { SqliteJournal } from "../../../../src/layers/lago/index.js"
import { Telemetry } from "../../../../src/layers/vigil/index.js"
import { failing } from "../../../support/faults.js"
import { calls, scripted, spawn, untilIdle } from "../../../support/story.js"
import { spanNamed } from "../../../support/telemetry.js"
import { world } from "../../../support/world.js"

const collecting = (format: Telemetry.LogFormat) => {
  const lines: Array<string> = []
  const layer = Telemetry.layerLogger({ format, write: (line) => Effect.sync(() => void lines.push(line)) })
  return { layer, lines }
}

const span = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16) })

describe("a line of the log", () => {
  it.effect("a JSON line of the log has time, level, message, annotations, spans and the trace", () => {
    const { layer, lines } = collecting("json")
    return Effect.gen(function* () {
      yield* Effect.logWarning("the disk", "is full").pipe(
        Effect.annotateLogs({ session: "s", agent: "scribe" }),
        Effect.withLogSpan("saving"),
        Effect.withParentSpan(span)
      )
      yield* Effect.logInfo("outside")
      assert.deepStrictEqual(
        lines.map((line) => JSON.parse(line)),
        [
          {
            timestamp: "1970-01-01T00:00:00.000Z",
            level: "warning",
            message: "the disk is full",
            trace_id: "a".repeat(32),
            span_id: "b".repeat(16),
            annotations: { agent: "scribe", session: "s" },
            spans: { saving: 0 }
          },
          { timestamp: "1970-01-01T00:00:00.000Z", level: "info", message: "outside" }
        ]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("a line of the log for people has the same behind the message", () => {
    const { layer, lines } = collecting("pretty")
    return Effect.gen(function* () {
      yield* Effect.logWarning("no room").pipe(Effect.annotateLogs("agent", "scribe"), Effect.withParentSpan(span))
      yield* Effect.logInfo("ready")
      assert.deepStrictEqual(lines, [
        `warning: no room [agent=scribe trace_id=${"a".repeat(32)} span_id=${"b".repeat(16)}]`,
        "info: ready"
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a line of the log holds no secrets, wherever they stand", () => {
    const { layer, lines } = collecting("json")
    const secret = "sk-ant-api03-0123456789abcdef"
    return Effect.gen(function* () {
      yield* Effect.logError(`key ${secret}`, { nested: secret }, new Error(`token=${secret}`)).pipe(
        Effect.annotateLogs("header", `Bearer ${secret}`)
      )
      yield* Effect.catchAllCause(Effect.die(new Error(`with ${secret}`)), (cause) => Effect.logError("died", cause))
      assert.strictEqual(lines.length, 2)
      assert.include(lines.join(), "[masked]")
      assert.notInclude(lines.join(), secret)
    }).pipe(Effect.provide(layer))
  })

  it.live("a line of the log about an agent names it, and the trace of its run", () => {
    const { layer, lines } = collecting("json")
    const memory = Telemetry.makeMemory()
    return Effect.gen(function* () {
      const agent = yield* spawn("scribe", { sessionId: "s" })
      yield* agent.run("Do it.")
      yield* untilIdle
      const warning = JSON.parse(lines.find((line) => line.includes("is restarted")) ?? assert.fail())
      const run = spanNamed(memory.spans, "invoke_agent scribe")
      assert.deepStrictEqual(warning.annotations, { agent: "scribe", session: "s" })
      assert.strictEqual(warning.trace_id, run.traceId)
    }).pipe(
      Effect.provide(
        world({
          model: scripted(calls("look")),
          journal: failing(SqliteJournal.layerMemory, 4, "before"),
          supervision: { backoffMs: 1 }
        }).pipe(Layer.provideMerge(Telemetry.layer({ exporter: memory })), Layer.provideMerge(layer))
      )
    )
  })
})
