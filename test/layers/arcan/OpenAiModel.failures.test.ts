import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Either, Fiber, Layer, Redacted, TestClock } from "effect"
import { Limits, Model, type ModelError } from "../../../src/layers/aios/index.js"
import { OpenAiModel } from "../../../src/layers/arcan/index.js"
import {
  cut,
  delta,
  done,
  failure,
  hang,
  opening,
  plain,
  type Responder,
  says,
  silence,
  startOpenAiServer,
  stream,
  text
} from "../../support/openAiServer.js"
import { apiKey, ask, errorOf, hello, modelAt, serving, turnOf } from "./openAiSupport.js"

const half = [opening, ...text("Half an ans")]
const always = (responder: Responder) => () => responder
const limited = { message: "slow down", type: "requests", code: "rate_limit_exceeded" }

describe("OpenAiModel retries", () => {
  it.scoped("a rate limit is waited for as retry-after asks, and the turn says that it took two attempts", () =>
    Effect.gen(function* () {
      const server = yield* serving([failure(429, limited, { "retry-after": "20" }), says("ok")])
      const outcome = yield* ask(server)
      assert.strictEqual(turnOf(outcome).content, "ok")
      assert.strictEqual(turnOf(outcome).retries, 1)
      assert.deepStrictEqual(outcome.delays, [20_000])
    })
  )

  it.scoped("a longer wait than the bound fails at once and says how long", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(failure(429, limited, { "retry-after-ms": "300000" })))
      const error = errorOf(yield* ask(server))
      assert.strictEqual(server.requests.length, 1)
      assert.strictEqual(error.reason, "RateLimited")
      assert.strictEqual(error.retryAfterMs, 300_000)
      assert.include(error.message, "300 s")
    })
  )

  for (const status of [408, 409, 500, 502, 503, 529]) {
    it.scoped(`a ${status} is tried again`, () =>
      Effect.gen(function* () {
        const server = yield* serving([failure(status, { message: "not now" }), says("ok")])
        assert.strictEqual(turnOf(yield* ask(server)).content, "ok")
      })
    )
  }

  it.scoped("attempts are bounded", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(failure(503, { message: "The engine is overloaded" })))
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "Overloaded")
      assert.strictEqual(error.retryable, true)
      assert.strictEqual(server.requests.length, Limits.modelAttemptsMax)
      assert.include(error.message, "answered 503 (request req_test): The engine is overloaded.")
    })
  )

  const final: ReadonlyArray<readonly [number, ModelError["reason"], string]> = [
    [400, "InvalidRequest", "context_length_exceeded"],
    [401, "Authentication", "invalid_api_key"],
    [402, "Authentication", "billing"],
    [403, "Authentication", "unsupported_country"],
    [404, "InvalidRequest", "model_not_found"],
    [422, "InvalidRequest", "unprocessable"],
    [429, "Authentication", "insufficient_quota"]
  ]
  for (const [status, reason, code] of final) {
    it.scoped(`a ${status} ${code} is final`, () =>
      Effect.gen(function* () {
        const server = yield* serving(always(failure(status, { message: "no such thing", type: code, code })))
        const error = errorOf(yield* ask(server))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.retryable, false)
        assert.strictEqual(error.provider, "openai")
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }
})

describe("OpenAiModel streams that go wrong", () => {
  for (const [what, broken] of [
    ["a connection that breaks", cut(...half)],
    ["an end without a finish reason", stream(...half, done)],
    ["a stream without anything", stream()]
  ] as const) {
    it.scoped(`after ${what} the answer is asked for again as a whole`, () =>
      Effect.gen(function* () {
        const server = yield* serving([broken, says("Whole")])
        assert.strictEqual(turnOf(yield* ask(server)).content, "Whole")
        const never = yield* serving(always(broken))
        const error = errorOf(yield* ask(never))
        assert.strictEqual(error.reason, "StreamCut")
        assert.strictEqual(never.requests.length, Limits.modelAttemptsMax)
      })
    )
  }

  const inside: ReadonlyArray<readonly [unknown, ModelError["reason"]]> = [
    [{ message: "sorry", type: "server_error", code: null }, "Unavailable"],
    [{ message: "sorry", type: "requests", code: "rate_limit_exceeded" }, "RateLimited"],
    [{ message: "sorry", type: "invalid_request_error", code: null }, "InvalidRequest"],
    [{ message: "sorry", code: 503 }, "Overloaded"]
  ]
  for (const [error, reason] of inside) {
    it.scoped(`an error inside the stream counts as it says: ${JSON.stringify(error)}`, () =>
      Effect.gen(function* () {
        const server = yield* serving(always(stream(...half, { error })))
        const failed = errorOf(yield* ask(server))
        assert.strictEqual(failed.reason, reason)
        assert.include(failed.message, "sorry")
      })
    )
  }

  const garbage: ReadonlyArray<readonly [string, Responder]> = [
    ["data that is not JSON", stream("data: {nope\n\n")],
    ["a chunk that is no object", stream("data: 42\n\n")],
    ["content that is no text", stream(delta({ content: { parts: [] } }))],
    ["a page instead of a stream", plain(200, "text/html", "<html>Welcome</html>")],
    ["a JSON body instead of a stream", plain(200, "application/json", '{"ok":true}')]
  ]
  for (const [what, responder] of garbage) {
    it.scoped(`${what} is a malformed response`, () =>
      Effect.gen(function* () {
        const server = yield* serving(always(responder))
        const error = errorOf(yield* ask(server))
        assert.strictEqual(error.reason, "MalformedResponse")
        assert.strictEqual(error.retryable, false)
        assert.include(error.message, "OPENAI_BASE_URL names a server of the Chat Completions API")
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }

  it.scoped("a page with an error status counts as its status says", () =>
    Effect.gen(function* () {
      const server = yield* serving([plain(502, "text/html", "<html>Bad gateway</html>"), says("ok")])
      assert.strictEqual(turnOf(yield* ask(server)).content, "ok")
    })
  )

  it.scoped("a server that cannot be reached is unavailable", () =>
    Effect.gen(function* () {
      const server = yield* Effect.promise(() => startOpenAiServer([]))
      yield* Effect.promise(() => server.close())
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "Unavailable")
      assert.include(error.message, "ECONNREFUSED")
    })
  )

  for (const [what, responder] of [
    ["no answer", silence],
    ["half an answer", hang(...half)]
  ] as const) {
    it.scoped(`${what} within the time limit is unavailable, and the connection is closed`, () =>
      Effect.gen(function* () {
        const server = yield* serving([responder, says("ok")])
        const model = yield* modelAt(server, { requestTimeoutMs: 5_000 })
        const fiber = yield* Effect.fork(model.generate(hello, () => {}))
        const request = yield* Effect.promise(() => server.received(0))
        yield* TestClock.adjust("5 seconds")
        assert.isTrue(yield* Effect.promise(() => request.closedEarly))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber)).content, "ok")
      })
    )
  }

  it.scoped("interruption closes the connection", () =>
    Effect.gen(function* () {
      const server = yield* serving([hang(...half)])
      const model = yield* modelAt(server)
      const heard = yield* Deferred.make<string>()
      const fiber = yield* Effect.fork(
        model.generate(hello, ({ text }) => Deferred.unsafeDone(heard, Effect.succeed(text)))
      )
      yield* Deferred.await(heard)
      const request = yield* Effect.promise(() => server.received(0))
      yield* Fiber.interrupt(fiber)
      assert.isTrue(yield* Effect.promise(() => request.closedEarly))
      assert.strictEqual(server.requests.length, 1)
    })
  )
})

describe("OpenAiModel configuration", () => {
  const build = (layer: Layer.Layer<Model, ModelError>, environment: Readonly<Record<string, string>>) =>
    Layer.build(layer).pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))),
      Effect.either
    )

  it.scoped("a missing key is named, and so is the way without one", () =>
    Effect.gen(function* () {
      const built = yield* build(OpenAiModel.layerFromEnv(), { OPENAI_API_KEY: "" })
      assert.isTrue(Either.isLeft(built))
      if (Either.isRight(built)) return
      assert.strictEqual(built.left.reason, "Authentication")
      assert.include(built.left.message, "OPENAI_API_KEY is not set")
      assert.include(built.left.message, "--provider scout")
    })
  )

  for (const broken of [
    { OPENAI_MAX_TOKENS: "many" },
    { OPENAI_CONTEXT_LENGTH: "0" },
    { OPENAI_BASE_URL: "nowhere" }
  ]) {
    it.scoped(`a malformed variable is named: ${JSON.stringify(broken)}`, () =>
      Effect.gen(function* () {
        const built = yield* build(OpenAiModel.layerFromEnv(), { OPENAI_API_KEY: apiKey, ...broken })
        if (Either.isRight(built)) return assert.fail("it was built")
        assert.strictEqual(built.left.reason, "InvalidRequest")
        assert.include(built.left.message, Object.keys(broken)[0] ?? "")
      })
    )
  }

  it.scoped("the environment chooses server, model, window and answer length; an option overrides the model", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(says("ok")))
      const environment = {
        OPENAI_API_KEY: apiKey,
        OPENAI_BASE_URL: `${server.url}/v1`,
        OPENAI_MODEL: "gpt-5-mini",
        OPENAI_MAX_TOKENS: "123",
        OPENAI_CONTEXT_LENGTH: "9000"
      }
      for (const [index, options] of [{}, { model: "gpt-5-nano" }].entries()) {
        const built = yield* build(OpenAiModel.layerFromEnv(options), environment)
        if (Either.isLeft(built)) return assert.fail(built.left.message)
        const model = yield* Effect.provide(Model, built.right)
        yield* model.generate(hello, () => {})
        const { body } = yield* Effect.promise(() => server.received(index))
        assert.strictEqual(body.model, index === 0 ? "gpt-5-mini" : "gpt-5-nano")
        assert.strictEqual(body["max_completion_tokens"], 123)
        assert.strictEqual(model.contextWindowTokens, 9_000)
      }
    })
  )

  it.scoped("Ollama needs no key, is sent none, and costs an unknown amount", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(says("ok")))
      const environment = { OLLAMA_BASE_URL: `${server.url}/v1`, OLLAMA_MAX_TOKENS: "50" }
      const built = yield* build(OpenAiModel.layerOllama({ model: "llama3.2:3b" }), environment)
      if (Either.isLeft(built)) return assert.fail(built.left.message)
      const model = yield* Effect.provide(Model, built.right)
      const turn = yield* model.generate(hello, () => {})
      const { body, headers } = yield* Effect.promise(() => server.received(0))
      assert.strictEqual(model.provider, "ollama")
      assert.strictEqual(turn.costUsd, undefined)
      assert.strictEqual(body.model, "llama3.2:3b")
      assert.strictEqual(body["max_tokens"], 50)
      assert.notProperty(headers, "authorization")
      assert.notProperty(headers, "openai-organization")
    })
  )

  it.scoped("a key that the server echoes does not reach the error", () =>
    Effect.gen(function* () {
      const echo = `Incorrect API key provided: ${apiKey}.`
      for (const responder of [
        failure(401, { message: echo, code: "invalid_api_key" }),
        stream(`data: {"choices":"${apiKey}"}\n\n`),
        stream(`data: {"choices": ${apiKey}}\n\n`),
        stream({ error: { message: echo, type: "invalid_request_error" } }),
        plain(400, "text/plain", echo)
      ]) {
        const error = errorOf(yield* ask(yield* serving(always(responder))))
        assert.notInclude(JSON.stringify(error), apiKey.slice(0, 12))
      }
    })
  )

  const unusable = [
    { apiKey: Redacted.make("sk-with\nbreak"), hidden: "with" },
    { apiKey: Redacted.make(""), hidden: "undefined" },
    { baseUrl: "http://user:hunter2@127.0.0.1:1", hidden: "hunter2" },
    { baseUrl: "file:///etc/passwd", hidden: "passwd" }
  ]
  for (const [index, { hidden, ...options }] of unusable.entries()) {
    it.scoped(`what cannot work is refused before any request, without showing it (${index + 1})`, () =>
      Effect.gen(function* () {
        const server = yield* serving([])
        const built = yield* Effect.either(modelAt(server, options))
        assert.isTrue(Either.isLeft(built))
        assert.notInclude(JSON.stringify(built), hidden)
        assert.strictEqual(server.requests.length, 0)
      })
    )
  }
})
