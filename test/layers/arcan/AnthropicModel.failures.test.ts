import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Deferred, Effect, Either, Exit, Fiber, Layer, Redacted, TestClock } from "effect"
import { Limits, Model } from "../../../src/layers/aios/index.js"
import { AnthropicModel } from "../../../src/layers/arcan/index.js"
import {
  cut,
  failure,
  hang,
  messageStart,
  plain,
  type Responder,
  says,
  silence,
  startAnthropicServer,
  stream,
  text
} from "../../support/anthropicServer.js"
import { apiKey, ask, errorOf, hello, modelAt, serving, turnOf } from "./anthropicSupport.js"

const half = [messageStart(), ...text(0, "Half an ans").slice(0, 2)]
const attemptsMax = Limits.modelAttemptsMax
const always = (responder: Responder) => () => responder
const rateLimited = (headers: Readonly<Record<string, string>>) =>
  failure(429, "rate_limit_error", "slow down", headers)

describe("AnthropicModel retries", () => {
  const waits = [
    { headers: { "retry-after": "20" }, delayMs: 20_000 },
    { headers: { "retry-after": "20", "retry-after-ms": "1500" }, delayMs: 1_500 },
    { headers: { "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" }, delayMs: 30_000 }
  ]
  for (const { delayMs, headers } of waits) {
    it.scoped(`a rate limit is waited for as ${JSON.stringify(headers)} asks`, () =>
      Effect.gen(function* () {
        const server = yield* serving([rateLimited(headers), says("ok")])
        const outcome = yield* ask(server)
        assert.strictEqual(turnOf(outcome).content, "ok")
        assert.deepStrictEqual(outcome.delays, [delayMs])
      })
    )
  }

  it.scoped("a longer wait than the bound fails at once and says how long", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(rateLimited({ "retry-after": "300" })))
      const error = errorOf(yield* ask(server))
      assert.strictEqual(server.requests.length, 1)
      assert.strictEqual(error.reason, "RateLimited")
      assert.strictEqual(error.retryable, true)
      assert.strictEqual(error.retryAfterMs, 300_000)
      assert.include(error.message, "300 s")
    })
  )

  it.scoped("an unreadable retry-after counts as none", () =>
    Effect.gen(function* () {
      const server = yield* serving([rateLimited({ "retry-after": "soon" }), says("ok")])
      const { delays } = yield* ask(server)
      assert.strictEqual(delays.length, 1)
      assert.isBelow(delays[0] ?? 0, 1_000)
    })
  )

  for (const status of [500, 502, 503, 529]) {
    it.scoped(`a ${status} is tried again`, () =>
      Effect.gen(function* () {
        const server = yield* serving([failure(status, "api_error", "not now"), says("ok")])
        assert.strictEqual(turnOf(yield* ask(server)).content, "ok")
      })
    )
  }

  it.scoped("attempts are bounded and their delays grow", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(failure(529, "overloaded_error", "Overloaded")))
      const outcome = yield* ask(server)
      const error = errorOf(outcome)
      assert.strictEqual(error.reason, "Overloaded")
      assert.strictEqual(error.retryable, true)
      assert.strictEqual(server.requests.length, attemptsMax)
      assert.strictEqual(outcome.delays.length, attemptsMax - 1)
      outcome.delays.forEach((delay, index) => {
        const base = 500 * 2 ** index
        assert.isTrue(delay >= base * 0.8 - 1 && delay <= base * 1.2 + 1, `delay ${index} was ${delay} ms`)
      })
    })
  )

  const final = [
    { status: 400, reason: "InvalidRequest" },
    { status: 401, reason: "Authentication" },
    { status: 403, reason: "Authentication" },
    { status: 404, reason: "InvalidRequest" },
    { status: 413, reason: "InvalidRequest" },
    { status: 422, reason: "InvalidRequest" }
  ]
  for (const { reason, status } of final) {
    it.scoped(`a ${status} is final`, () =>
      Effect.gen(function* () {
        const server = yield* serving(always(failure(status, "some_error", "no such thing")))
        const error = errorOf(yield* ask(server))
        assert.strictEqual(error.reason, reason)
        assert.strictEqual(error.retryable, false)
        assert.include(error.message, `answered ${status} (request req_test): no such thing`)
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }
})

describe("AnthropicModel streams that go wrong", () => {
  it.scoped("an answer cut off in the middle is asked for again as a whole", () =>
    Effect.gen(function* () {
      const server = yield* serving([cut(...half), says("Whole")])
      const outcome = yield* ask(server)
      assert.strictEqual(turnOf(outcome).content, "Whole")
      assert.deepStrictEqual(outcome.heard, ["Half an ans", "Whole"])
    })
  )

  it.scoped("an answer that ends before message_stop is a cut", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(stream(...half)))
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "StreamCut")
      assert.strictEqual(error.retryable, true)
      assert.strictEqual(server.requests.length, attemptsMax)
    })
  )

  it.scoped("an empty stream is a cut", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(stream()))
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "StreamCut")
      assert.include(error.message, "before the answer began")
    })
  )

  it.scoped("an error event inside the stream counts as its type says", () =>
    Effect.gen(function* () {
      const broken = (type: string) => stream(...half, { type: "error", error: { type, message: "sorry" } })
      const server = yield* serving([broken("overloaded_error"), says("ok"), broken("invalid_request_error")])
      assert.strictEqual(turnOf(yield* ask(server)).content, "ok")
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "InvalidRequest")
      assert.strictEqual(error.retryable, false)
      assert.include(error.message, "invalid_request_error: sorry")
      assert.strictEqual(server.requests.length, 3)
    })
  )

  const garbage: ReadonlyArray<readonly [string, Responder]> = [
    ["data that is not JSON", stream("event: message_start\ndata: {nope\n\n")],
    ["an event without its fields", stream('event: message_start\ndata: {"type":"message_start"}\n\n')],
    ["an event that is no object", stream("event: message_start\ndata: 42\n\n")],
    ["a delta of a block that was never started", stream(messageStart(), ...text(0, "x").slice(1))],
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
        assert.include(error.message, "ANTHROPIC_BASE_URL")
        assert.strictEqual(server.requests.length, 1)
      })
    )
  }

  it.scoped("a server that cannot be reached is unavailable", () =>
    Effect.gen(function* () {
      const server = yield* Effect.promise(() => startAnthropicServer([]))
      yield* Effect.promise(() => server.close())
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "Unavailable")
      assert.strictEqual(error.retryable, true)
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
        const model = yield* modelAt(server)
        const fiber = yield* Effect.fork(model.generate(hello, () => {}))
        const request = yield* Effect.promise(() => server.received(0))
        yield* TestClock.adjust("10 minutes")
        assert.isTrue(yield* Effect.promise(() => request.closedEarly))
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* Fiber.join(fiber)).content, "ok")
      })
    )
  }

  it.scoped("an answer without an end is not read to its end", () =>
    Effect.gen(function* () {
      const endless = text(0, ...Array.from({ length: 1_100 }, () => "x".repeat(1_000)))
      const server = yield* serving([hang(messageStart(), ...endless)])
      const error = errorOf(yield* ask(server))
      assert.strictEqual(error.reason, "MalformedResponse")
      assert.include(error.message, "more than 1000000 characters")
      assert.strictEqual(server.requests.length, 1)
    })
  )

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

  it.scoped("a listener that throws is a defect and no reason to ask again", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(says("ok")))
      const model = yield* modelAt(server)
      const exit = yield* Effect.exit(
        model.generate(hello, () => {
          throw new Error("listener")
        })
      )
      assert.isTrue(Exit.isFailure(exit) && exit.cause._tag === "Die")
      assert.strictEqual(server.requests.length, 1)
    })
  )
})

describe("AnthropicModel configuration", () => {
  const build = (environment: Readonly<Record<string, string>>, options: { readonly model?: string } = {}) =>
    Layer.build(AnthropicModel.layerFromEnv(options)).pipe(
      Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(environment)))),
      Effect.either
    )

  for (const environment of [{}, { ANTHROPIC_API_KEY: "" }]) {
    it.scoped(`a missing key is named, and so is the way without one: ${JSON.stringify(environment)}`, () =>
      Effect.gen(function* () {
        const built = yield* build(environment)
        assert.isTrue(Either.isLeft(built))
        if (Either.isRight(built)) return
        assert.strictEqual(built.left.reason, "Authentication")
        assert.include(built.left.message, "ANTHROPIC_API_KEY")
        assert.include(built.left.message, "--provider scout")
      })
    )
  }

  for (const broken of [
    { ANTHROPIC_MAX_TOKENS: "many" },
    { ANTHROPIC_MAX_TOKENS: "-1" },
    { ANTHROPIC_BASE_URL: "nowhere" }
  ]) {
    it.scoped(`a malformed variable is named: ${JSON.stringify(broken)}`, () =>
      Effect.gen(function* () {
        const built = yield* build({ ANTHROPIC_API_KEY: apiKey, ...broken })
        assert.isTrue(Either.isLeft(built))
        if (Either.isRight(built)) return
        assert.strictEqual(built.left.reason, "InvalidRequest")
        assert.include(built.left.message, Object.keys(broken)[0] ?? "")
      })
    )
  }

  it.scoped("the environment chooses server, model and answer length; an option overrides the model", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(says("ok")))
      const environment = {
        ANTHROPIC_API_KEY: apiKey,
        ANTHROPIC_BASE_URL: server.url,
        ANTHROPIC_MODEL: "claude-opus-5-5",
        ANTHROPIC_MAX_TOKENS: "123"
      }
      for (const [index, options] of [{}, { model: "claude-haiku-5-5" }].entries()) {
        const built = yield* build(environment, options)
        if (Either.isLeft(built)) return assert.fail(built.left.message)
        const model = yield* Effect.provide(Model, built.right)
        yield* model.generate(hello, () => {})
        const { body } = yield* Effect.promise(() => server.received(index))
        assert.strictEqual(body.model, index === 0 ? "claude-opus-5-5" : "claude-haiku-5-5")
        assert.strictEqual(body["max_tokens"], 123)
      }
    })
  )

  it.scoped("a key that the server echoes does not reach the error", () =>
    Effect.gen(function* () {
      const server = yield* serving(always(failure(401, "authentication_error", `invalid x-api-key ${apiKey}!`)))
      const error = errorOf(yield* ask(server))
      assert.include(error.message, "invalid x-api-key <redacted>!")
      assert.notInclude(JSON.stringify(error), apiKey)
      const other = yield* serving(always(stream(`event: message_start\ndata: "${apiKey}"\n\n`)))
      assert.notInclude(JSON.stringify(errorOf(yield* ask(other))), apiKey)
    })
  )

  it.scoped("a wrong key is told apart from the right one by the server", () =>
    Effect.gen(function* () {
      const server = yield* serving(
        always((response, request) =>
          request.headers.authorization === `Bearer ${apiKey}`
            ? says("ok")(response, request)
            : failure(401, "authentication_error", "invalid x-api-key")(response, request)
        )
      )
      assert.strictEqual(turnOf(yield* ask(server)).content, "ok")
      const error = errorOf(yield* ask(server, hello, { apiKey: Redacted.make("sk-ant-other") }))
      assert.strictEqual(error.reason, "Authentication")
    })
  )

  const unusable = [
    { apiKey: Redacted.make("sk-ant-with\nbreak"), hidden: "with" },
    { apiKey: Redacted.make(""), hidden: "undefined" },
    { baseUrl: "http://user:hunter2@127.0.0.1:1", hidden: "hunter2" }
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
