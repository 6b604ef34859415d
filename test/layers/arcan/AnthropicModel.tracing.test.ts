/** A request carries the trace it belongs to, also where OpenTelemetry is not there. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Tracer } from "effect"
import { says } from "../../support/anthropicServer.js"
import { hello, modelAt, serving } from "./anthropicSupport.js"

const answer = says("Hello")

describe("the traceparent of a request", () => {
  it.scopedLive("the traceparent of a request is that of the current span where OpenTelemetry is not there", () =>
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
