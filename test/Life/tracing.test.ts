/** The requests of an agent's model carry the trace of its run, and what was said stays off the spans of the SDK. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { AnthropicModel } from "../../src/layers/arcan/index.js"
import { Telemetry } from "../../src/layers/vigil/index.js"
import { apiKey, serving } from "../layers/arcan/anthropicSupport.js"
import { says } from "../support/anthropicServer.js"
import { spawn, untilIdle } from "../support/story.js"
import { spanNamed } from "../support/telemetry.js"
import { world } from "../support/world.js"

describe("the traceparent of a request", () => {
  it.scopedLive("the traceparent of a request is that of the SDK's span, a part of the agent's model call", () =>
    Effect.gen(function* () {
      const server = yield* serving([says("Hello")])
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
})
