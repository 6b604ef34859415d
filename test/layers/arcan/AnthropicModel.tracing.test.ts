/** A request carries the trace it belongs to, whoever traces; and what was said stays off the spans of the SDK. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Tracer } from "effect"
import { AnthropicModel } from "../../../src/layers/arcan/index.js"
import { Telemetry } from "../../../src/layers/vigil/index.js"
import { says } from "../../support/anthropicServer.js"
import { spawn, untilIdle } from "../../support/story.js"
import { spanNamed } from "../../support/telemetry.js"
import { world } from "../../support/world.js"
import { apiKey, hello, modelAt, serving } from "./anthropicSupport.js"

const answer = says("Hello")

describe("the traceparent of a request", () => {
  it.scopedLive("is that of the SDK's span, which is a part of the model call of the agent", () =>
    Effect.gen(function* () {
      const server = yield* serving([answer])
      const memory = Telemetry.makeMemory()
      const model = AnthropicModel.layer({ apiKey: Redacted.make(apiKey), baseUrl: server.url })
      yield* Effect.gen(function* () {
        const agent = yield* spawn()
        yield* agent.run("Say hello.")
        yield* untilIdle
      }).pipe(
        Effect.provide(
          world({ model: Layer.orDie(model) }).pipe(Layer.provide(Telemetry.layer({ exporter: memory })), Layer.fresh)
        )
      )
      const { spans } = memory
      const chat = spanNamed(spans, "chat claude-sonnet-5-5")
      const sdk = spanNamed(spans, "anthropic.messages.create")
      assert.strictEqual(sdk.parentSpanId, chat.spanId)
      assert.strictEqual(server.requests[0]?.headers["traceparent"], `00-${chat.traceId}-${sdk.spanId}-01`)
      assert.strictEqual(chat.attributes["gen_ai.provider.name"], "anthropic")
      assert.strictEqual(chat.attributes["gen_ai.response.id"], "msg_test")
      assert.strictEqual(chat.attributes["gen_ai.request.max_tokens"], 16_384)
      assert.strictEqual(chat.attributes["server.address"], "127.0.0.1")
      assert.strictEqual(chat.attributes["server.port"], server.port)
      assert.notInclude(JSON.stringify(spans), "Say hello")
      assert.notInclude(JSON.stringify(spans), apiKey)
    })
  )

  it.scopedLive("is that of the current span where OpenTelemetry is not there", () =>
    Effect.gen(function* () {
      const server = yield* serving([answer, answer, answer])
      const model = yield* modelAt(server)
      const ask = model.generate(hello, () => {})
      const own = Tracer.externalSpan({ traceId: "a".repeat(32), spanId: "b".repeat(16), sampled: false })
      yield* Effect.withParentSpan(ask, own)
      yield* Effect.withParentSpan(ask, Tracer.externalSpan({ traceId: "no hex\r\nx: y", spanId: "1" }))
      yield* ask
      const sent = server.requests.map(({ headers }) => headers["traceparent"])
      assert.deepStrictEqual(sent, [`00-${"a".repeat(32)}-${"b".repeat(16)}-00`, undefined, undefined])
    })
  )
})
