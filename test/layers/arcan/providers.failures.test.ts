/** Promises of every provider when something goes wrong, in each wire format. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, TestClock } from "effect"
import { Limits, type ModelError } from "../../../src/layers/aios/index.js"
import { plain, type Responder, type Script, silence } from "../../support/modelServer.js"
import { askModel, errorOf, hello, serving, turnOf } from "./support.js"
import { type ApiError, type Dialect, dialects } from "./dialects.js"

const attemptsMax = Limits.modelAttemptsMax
const always = (responder: Responder<unknown>) => () => responder

/** One call, and the server that was asked. */
const asked = (dialect: Dialect, script: Script<unknown>) =>
  Effect.gen(function* () {
    const server = yield* serving(script)
    return { server, outcome: yield* askModel(yield* dialect.modelAt(server)) }
  })

/** The error of one call, and how often it was made. */
const failing = (dialect: Dialect, responder: Responder<unknown>) =>
  Effect.map(asked(dialect, always(responder)), ({ outcome, server: { requests } }) => ({
    error: errorOf(outcome),
    outcome,
    requests
  }))

describe.each(dialects)("%s retries", (_, dialect) => {
  const { failure, provider, says } = dialect
  const rateLimited = (headers: Readonly<Record<string, string>>) =>
    failure(429, dialect.rateLimit, "slow down", headers)

  const waits = [
    { headers: { "retry-after": "20" }, delayMs: 20_000 },
    { headers: { "retry-after": "20", "retry-after-ms": "1500" }, delayMs: 1_500 },
    { headers: { "retry-after": "Thu, 01 Jan 1970 00:00:30 GMT" }, delayMs: 30_000 }
  ]
  for (const { delayMs, headers } of waits) {
    it.scoped(`a rate limit is waited for as ${JSON.stringify(headers)} asks, and the turn says so`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* asked(dialect, [rateLimited(headers), says("ok")])
        assert.strictEqual(turnOf(outcome).content, "ok")
        assert.strictEqual(turnOf(outcome).retries, 1)
        assert.deepStrictEqual(outcome.delays, [delayMs])
      })
    )
  }

  for (const headers of [{ "retry-after": "300" }, { "retry-after-ms": "300000" }]) {
    it.scoped(`a longer wait than the bound fails at once and says how long: ${JSON.stringify(headers)}`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failing(dialect, rateLimited(headers))
        assert.strictEqual(requests.length, 1)
        assert.deepInclude(error, { reason: "RateLimited", retryable: true, retryAfterMs: 300_000 })
        assert.include(error.message, "300 s")
      })
    )
  }

  it.scoped("an unreadable retry-after counts as none", () =>
    Effect.gen(function* () {
      const { outcome } = yield* asked(dialect, [rateLimited({ "retry-after": "soon" }), says("ok")])
      assert.strictEqual(turnOf(outcome).content, "ok")
      assert.strictEqual(outcome.delays.length, 1)
      assert.isBelow(outcome.delays[0] ?? 0, 1_000)
    })
  )

  for (const status of [408, 409, 500, 502, 503, 529]) {
    it.scoped(`a ${status} is tried again`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* asked(dialect, [failure(status, "api_error", "not now"), says("ok")])
        assert.strictEqual(turnOf(outcome).content, "ok")
      })
    )
  }

  it.scoped("a page with an error status counts as its status says", () =>
    Effect.gen(function* () {
      const page = plain(502, "text/html", "<html>Bad gateway</html>")
      assert.strictEqual(turnOf((yield* asked(dialect, [page, says("ok")])).outcome).content, "ok")
    })
  )

  for (const status of [503, 529]) {
    it.scoped(`attempts after a ${status} are bounded and their delays grow`, () =>
      Effect.gen(function* () {
        const { error, outcome, requests } = yield* failing(
          dialect,
          failure(status, "overloaded_error", "The engine is overloaded")
        )
        assert.deepInclude(error, { reason: "Overloaded", retryable: true })
        assert.include(error.message, `answered ${status} (request req_test): The engine is overloaded.`)
        assert.strictEqual(requests.length, attemptsMax)
        assert.strictEqual(outcome.delays.length, attemptsMax - 1)
        outcome.delays.forEach((delay, index) => {
          const base = 500 * 2 ** index
          assert.isTrue(delay >= base * 0.8 - 1 && delay <= base * 1.2 + 1, `delay ${index} was ${delay} ms`)
        })
      })
    )
  }

  const final: Dialect["final"] = [
    [400, "some_error", "InvalidRequest"],
    [401, "some_error", "Authentication"],
    [403, "some_error", "Authentication"],
    [404, "some_error", "InvalidRequest"],
    [413, "some_error", "InvalidRequest"],
    [422, "some_error", "InvalidRequest"],
    ...dialect.final
  ]
  for (const [status, word, reason] of final) {
    it.scoped(`a ${status} ${word} is final`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failing(dialect, failure(status, word, "no such thing"))
        assert.deepInclude(error, { reason, provider, retryable: false })
        assert.include(error.message, `answered ${status} (request req_test): no such thing`)
        assert.strictEqual(requests.length, 1)
      })
    )
  }
})

describe.each(dialects)("%s streams that go wrong", (_, dialect) => {
  const { half, says } = dialect

  const broken = {
    "a connection that breaks": [half.cut, "Half an ans"],
    "an end without its mark": [half.stream, "Half an ans"],
    "a stream without anything": [dialect.nothing]
  } as const
  for (const [what, [responder, ...heard]] of Object.entries(broken)) {
    it.scoped(`after ${what} the answer is asked for again as a whole, a few times`, () =>
      Effect.gen(function* () {
        const { outcome } = yield* asked(dialect, [responder, says("Whole")])
        assert.strictEqual(turnOf(outcome).content, "Whole")
        assert.deepStrictEqual(outcome.heard, [...heard, "Whole"])
        const { error, requests } = yield* failing(dialect, responder)
        assert.deepInclude(error, { reason: "StreamCut", retryable: true })
        if (heard.length === 0) assert.include(error.message, "before the answer began")
        assert.strictEqual(requests.length, attemptsMax)
      })
    )
  }

  const errors: ReadonlyArray<readonly [ApiError, ModelError["reason"]]> = [
    [{ message: "sorry", type: "overloaded_error" }, "Overloaded"],
    [{ message: "sorry", type: "invalid_request_error" }, "InvalidRequest"],
    ...dialect.errors
  ]
  for (const [error, reason] of errors) {
    it.scoped(`an error inside the stream counts as it says: ${JSON.stringify(error)}`, () =>
      Effect.gen(function* () {
        const failed = yield* failing(dialect, half.error(error))
        assert.strictEqual(failed.error.reason, reason)
        assert.strictEqual(failed.error.retryable, reason !== "InvalidRequest")
        assert.include(failed.error.message, `${error.type ?? error.code}: sorry`)
        assert.strictEqual(failed.requests.length, failed.error.retryable ? attemptsMax : 1)
        if (!failed.error.retryable) return
        assert.strictEqual(turnOf((yield* asked(dialect, [half.error(error), says("ok")])).outcome).content, "ok")
      })
    )
  }

  const garbage = {
    "data that is not JSON": dialect.data("{nope"),
    "an event that is no object": dialect.data("42"),
    "a page instead of a stream": plain(200, "text/html", "<html>Welcome</html>"),
    "a JSON body instead of a stream": plain(200, "application/json", '{"ok":true}'),
    ...dialect.garbage
  }
  for (const [what, responder] of Object.entries(garbage)) {
    it.scoped(`${what} is a malformed response`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failing(dialect, responder)
        assert.deepInclude(error, { reason: "MalformedResponse", retryable: false })
        assert.include(error.message, `${dialect.variables}_BASE_URL names a server of the ${dialect.api}`)
        assert.strictEqual(requests.length, 1)
      })
    )
  }

  it.scoped("a server that cannot be reached is unavailable", () =>
    Effect.gen(function* () {
      const server = yield* Effect.scoped(serving([]))
      const error = errorOf(yield* askModel(yield* dialect.modelAt(server)))
      assert.deepInclude(error, { reason: "Unavailable", retryable: true })
      assert.include(error.message, "ECONNREFUSED")
    })
  )

  for (const [what, responder] of [
    ["no answer", silence],
    ["half an answer", half.hang]
  ] as const) {
    for (const [limit, options] of [
      ["10 minutes", {}],
      ["5 seconds", { requestTimeoutMs: 5_000 }]
    ] as const) {
      it.scoped(`${what} within ${limit} is unavailable, and the connection is closed`, () =>
        Effect.gen(function* () {
          const server = yield* serving([responder, says("ok")])
          const model = yield* dialect.modelAt(server, options)
          const fiber = yield* Effect.fork(model.generate(hello, () => {}))
          const request = yield* Effect.promise(() => server.received(0))
          yield* TestClock.adjust(limit)
          assert.isTrue(yield* Effect.promise(() => request.closedEarly))
          yield* TestClock.adjust("1 minute")
          assert.strictEqual((yield* Fiber.join(fiber)).content, "ok")
        })
      )
    }
  }

  for (const [what, responder] of Object.entries(dialect.endless)) {
    it.scoped(`${what} of 5 MB ends the call, which is not made again, and closes the connection`, () =>
      Effect.gen(function* () {
        const { error, requests } = yield* failing(dialect, responder)
        assert.strictEqual(error.reason, "MalformedResponse")
        assert.include(error.message, "more than 1000000 characters")
        assert.strictEqual(requests.length, 1)
        assert.isTrue(yield* Effect.promise(() => requests[0]?.closedEarly ?? Promise.resolve(false)))
      })
    )
  }

  it.scoped("interruption closes the connection", () =>
    Effect.gen(function* () {
      const server = yield* serving([half.hang])
      const model = yield* dialect.modelAt(server)
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
      const model = yield* dialect.modelAt(server)
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
