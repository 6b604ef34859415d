/** The promise of every provider that no answer is larger than the journal can hold, in each wire format. */
import { createServer } from "node:http"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Ids, Limits } from "../../../src/layers/aios/index.js"
import { plain } from "../../support/modelServer.js"
import { dialects } from "./dialects.js"
import { askModel, errorOf, hello, serving, turnOf } from "./support.js"

describe.each(dialects)("%s bounds", (_, dialect) => {
  for (const [what, [responder, words]] of Object.entries(dialect.oversized)) {
    it.scoped(`${what} ends the call with an error that says so, and the call is not made again`, () =>
      Effect.gen(function* () {
        const server = yield* serving(() => responder)
        const error = errorOf(yield* askModel(yield* dialect.modelAt(server)))
        assert.deepInclude(error, { reason: "MalformedResponse", retryable: false })
        assert.include(error.message, words)
        assert.isBelow(error.message.length, Limits.messageCharactersMax)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }

  it.scoped("the calls of an answer get ids of the Ids port, also when the ids of the provider are empty or long", () =>
    Effect.gen(function* () {
      const ids = ["call_a", "call_b", "", "x".repeat(100_000)]
      const calls = ids.map((id, index) => ({ id, name: "glob", pieces: [`{"n":${index}}`] }))
      const server = yield* serving(() => dialect.calls("", calls, "tool_use"))
      const answered = Effect.gen(function* () {
        return turnOf(yield* askModel(yield* dialect.modelAt(server))).toolCalls
      }).pipe(Effect.provide(Layer.fresh(Ids.layerSeeded(7))))
      const first = yield* answered
      assert.strictEqual(new Set(first.map(({ callId }) => callId)).size, ids.length)
      for (const { callId } of first) assert.match(callId, /^[0-9A-Z]{26}$/)
      assert.deepStrictEqual(
        first.map(({ input }) => input),
        [{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]
      )
      assert.deepStrictEqual(yield* answered, first)
    })
  )

  it.scoped("a call and its result go back under one id that every server takes", () =>
    Effect.gen(function* () {
      const server = yield* serving<{ readonly messages: unknown }>([
        dialect.calls("", [{ id: "call_a", name: "glob", pieces: ["{}"] }], "tool_use"),
        dialect.says("ok")
      ])
      const model = yield* dialect.modelAt(server)
      const { content, toolCalls } = turnOf(yield* askModel(model))
      const results = toolCalls.map(({ callId, toolName }) => ({ callId, toolName, status: "ok" as const, output: "" }))
      const messages = [
        ...hello.messages,
        { role: "assistant" as const, content, toolCalls },
        { role: "tool" as const, results }
      ]
      turnOf(yield* askModel(model, { ...hello, messages }))
      const { body } = yield* Effect.promise(() => server.received(1))
      const ids = [...JSON.stringify(body.messages).matchAll(/"(?:id|tool_use_id|tool_call_id)":"([^"]*)"/g)]
      assert.strictEqual(ids.length, 2)
      assert.strictEqual(ids[0]?.[1], ids[1]?.[1])
      assert.match(ids[0]?.[1] ?? "", /^[0-9A-Z]{9}$/)
    })
  )

  it.scoped("a wait that a provider asks for is at most a day", () =>
    Effect.gen(function* () {
      for (const wait of ["1e300", "99999999999999999999"]) {
        const server = yield* serving(() =>
          dialect.failure(429, dialect.rateLimit, "slow down", { "retry-after": wait })
        )
        const error = errorOf(yield* askModel(yield* dialect.modelAt(server)))
        assert.strictEqual(error.retryAfterMs, Limits.modelRetryAfterMsMax)
        assert.strictEqual(server.requests.length, 1)
      }
    })
  )

  it.scoped("a message of the server of 5 MB is cut to a readable length", () =>
    Effect.gen(function* () {
      const server = yield* serving(() => plain(400, "text/plain", "x".repeat(5_000_000)))
      assert.isBelow(errorOf(yield* askModel(yield* dialect.modelAt(server))).message.length, 700)
    })
  )

  for (const [what, body] of [
    ["a line without an end", Buffer.alloc(Limits.modelLineBytesMax * 4, "x")],
    ["a line without an end, compressed to a thousandth", gzipSync(Buffer.alloc(Limits.modelLineBytesMax * 4, "x"))]
  ] as const) {
    it.scoped(`${what}, is cut off at the limit`, () =>
      Effect.gen(function* () {
        const server = yield* Effect.acquireRelease(
          Effect.promise(
            () =>
              new Promise<{ readonly url: string; readonly close: () => void }>((resolve) => {
                const opened = createServer((_request, response) => {
                  const encoding = what.endsWith("thousandth") ? { "content-encoding": "gzip" } : {}
                  response.writeHead(200, { "content-type": "text/event-stream", ...encoding })
                  response.write(body)
                }).listen(0, "127.0.0.1", () => {
                  const address = opened.address()
                  const port = typeof address === "object" && address !== null ? address.port : 0
                  resolve({ url: `http://127.0.0.1:${port}`, close: () => opened.closeAllConnections() })
                })
              })
          ),
          ({ close }) => Effect.sync(close)
        )
        const error = errorOf(yield* askModel(yield* dialect.modelAt(server)))
        assert.deepInclude(error, { reason: "MalformedResponse", retryable: false })
        assert.include(error.message, `sent a line of more than ${Limits.modelLineBytesMax} bytes`)
      })
    )
  }
})
