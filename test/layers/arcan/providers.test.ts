/** Promises of every provider about its answers and its setup, in each wire format. */
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { Model } from "../../../src/layers/aios/index.js"
import { plain } from "../../support/modelServer.js"
import { askModel, errorOf, hello, numbered, serving, turnOf } from "./support.js"
import { type Body, dialects } from "./dialects.js"

describe.each(dialects)("%s answers", (_, dialect) => {
  it.scoped("text is handed on piece by piece and stands whole in the turn", () =>
    Effect.gen(function* () {
      const server = yield* serving([dialect.says("Hel", "lo ", "you")])
      const outcome = yield* askModel(yield* dialect.modelAt(server))
      assert.deepStrictEqual(outcome.heard, ["Hel", "lo ", "you"])
      assert.deepStrictEqual(turnOf(outcome), {
        ...dialect.answered,
        content: "Hello you",
        toolCalls: [],
        stopReason: "end_turn",
        usage: { inputTokens: 10, outputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 0 }
      })
    })
  )

  it.scoped("several tool calls of one turn keep their order and their text", () =>
    Effect.gen(function* () {
      const calls = [
        { id: "call_a", name: "read_file", pieces: ['{"pa', 'th":"a"}'] },
        { id: "call_b", name: "list_dir", pieces: [] }
      ]
      const server = yield* serving([dialect.calls("I look.", calls, "tool_use")])
      const turn = turnOf(yield* askModel(yield* dialect.modelAt(server)))
      assert.strictEqual(turn.content, "I look.")
      assert.strictEqual(turn.stopReason, "tool_use")
      assert.deepStrictEqual(numbered(turn).toolCalls, [
        { callId: "0", toolName: "read_file", input: { path: "a" } },
        { callId: "1", toolName: "list_dir", input: {} }
      ])
    })
  )

  it.scoped("a tool input that is not JSON is kept as text", () =>
    Effect.gen(function* () {
      const calls = [{ id: "call_a", name: "read_file", pieces: ['{"path": "a'] }]
      const server = yield* serving([dialect.calls("", calls, "max_tokens")])
      const turn = turnOf(yield* askModel(yield* dialect.modelAt(server)))
      assert.strictEqual(turn.stopReason, "max_tokens")
      assert.deepStrictEqual(numbered(turn).toolCalls, [
        { callId: "0", toolName: "read_file", input: null, malformed: '{"path": "a' }
      ])
    })
  )

  it.scoped("an empty system prompt, an empty tool list and an unknown limit are left out of the request", () =>
    Effect.gen(function* () {
      const server = yield* serving<Body>([dialect.says("ok")])
      turnOf(yield* askModel(yield* dialect.modelAt(server), { ...hello, system: "" }))
      const { body } = yield* Effect.promise(() => server.received(0))
      assert.sameMembers(Object.keys(body), [...dialect.fields])
    })
  )
})

describe.each(dialects)("%s configuration", (_, { apiKey, layerFromEnv, modelAt, variables, ...dialect }) => {
  const build = (settings: Readonly<Record<string, string>>, options: { readonly model?: string } = {}) => {
    const environment = new Map(Object.entries(settings).map(([name, value]) => [`${variables}_${name}`, value]))
    return Effect.withConfigProvider(Layer.build(layerFromEnv(options)), ConfigProvider.fromMap(environment))
  }

  for (const settings of [{}, { API_KEY: "" }]) {
    it.scoped(`a missing key is named, and so is the way without one: ${JSON.stringify(settings)}`, () =>
      Effect.gen(function* () {
        const { message, reason } = yield* Effect.flip(build(settings))
        assert.strictEqual(reason, "Authentication")
        assert.include(message, `${variables}_API_KEY is not set`)
        assert.include(message, "take the provider scout")
      })
    )
  }

  for (const [name, value] of [
    ["MAX_TOKENS", "many"],
    ["MAX_TOKENS", "-1"],
    ["CONTEXT_LENGTH", "0"],
    ["BASE_URL", "nowhere"]
  ] as const) {
    it.scoped(`a malformed variable is named: ${name}=${value}`, () =>
      Effect.gen(function* () {
        const { message, reason } = yield* Effect.flip(build({ API_KEY: apiKey, [name]: value }))
        assert.strictEqual(reason, "InvalidRequest")
        assert.include(message, `${variables}_${name}`)
      })
    )
  }

  it.scoped("the environment chooses server, model, window and answer length; an option overrides the model", () =>
    Effect.gen(function* () {
      const server = yield* serving<Body>(() => dialect.says("ok"))
      const settings = {
        API_KEY: apiKey,
        BASE_URL: `${server.url}${dialect.path}`,
        MODEL: "a-model",
        MAX_TOKENS: "123",
        CONTEXT_LENGTH: "9000"
      }
      for (const [index, options] of [{}, { model: "another-model" }].entries()) {
        const model = yield* Effect.provide(Model, yield* build(settings, options))
        yield* model.generate(hello, () => {})
        const { body } = yield* Effect.promise(() => server.received(index))
        assert.strictEqual(body["model"], index === 0 ? "a-model" : "another-model")
        assert.strictEqual(body[dialect.limit], 123)
        assert.strictEqual(model.contextWindowTokens, 9_000)
      }
    })
  )

  it.scoped("a key that the server echoes does not reach the error", () =>
    Effect.gen(function* () {
      const echo = `Incorrect API key provided: ${apiKey}!`
      const failing = Effect.fnUntraced(function* (responder: typeof dialect.nothing) {
        const error = errorOf(yield* askModel(yield* modelAt(yield* serving(() => responder))))
        assert.notInclude(JSON.stringify(error), apiKey.slice(0, 12))
        return error
      })
      const { message } = yield* failing(dialect.failure(401, "invalid_api_key", echo))
      assert.include(message, "Incorrect API key provided: <redacted>!")
      for (const data of [`"${apiKey}"`, `{"choices":"${apiKey}"}`, `{"choices": ${apiKey}}`]) {
        yield* failing(dialect.data(data))
      }
      yield* failing(dialect.half.error({ message: echo, type: "invalid_request_error" }))
      yield* failing(plain(400, "text/plain", echo))
    })
  )

  it.scoped("a wrong key is told apart from the right one by the server", () =>
    Effect.gen(function* () {
      const server = yield* serving(() => (response, request) => {
        const isRight = request.headers.authorization === `Bearer ${apiKey}`
        return (isRight ? dialect.says("ok") : dialect.failure(401, "authentication_error", "invalid"))(
          response,
          request
        )
      })
      assert.strictEqual(turnOf(yield* askModel(yield* modelAt(server))).content, "ok")
      const other = yield* modelAt(server, { apiKey: Redacted.make("sk-other") })
      assert.strictEqual(errorOf(yield* askModel(other)).reason, "Authentication")
    })
  )

  const unusable = [
    { apiKey: Redacted.make("sk-with\nbreak"), hidden: "with" },
    { apiKey: Redacted.make(""), hidden: "undefined" },
    { baseUrl: "http://user:hunter2@127.0.0.1:1", hidden: "hunter2" },
    { baseUrl: "file:///etc/passwd", hidden: "passwd" }
  ]
  for (const [index, { hidden, ...options }] of unusable.entries()) {
    it.scoped(`an impossible setting is refused before any request, without showing it (${index + 1})`, () =>
      Effect.gen(function* () {
        const server = yield* serving([])
        const error = yield* Effect.flip(modelAt(server, options))
        assert.notInclude(JSON.stringify(error), hidden)
        assert.strictEqual(server.requests.length, 0)
      })
    )
  }
})
