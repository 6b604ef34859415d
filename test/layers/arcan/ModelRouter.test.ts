import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Fiber, Layer, Logger, TestClock } from "effect"
import { askedModel, Limits, Model, ModelError, type ModelRequest } from "../../../src/layers/aios/index.js"
import { Hooks, ModelRouter, OpenAiModel, ScriptedModel } from "../../../src/layers/arcan/index.js"
import * as Anthropic from "../../support/anthropicServer.js"
import * as OpenAi from "../../support/openAiServer.js"
import * as AnthropicSupport from "./anthropicSupport.js"
import { askModel, errorOf, hello, turnOf } from "./support.js"
import * as OpenAiSupport from "./openAiSupport.js"

const error = (reason: ModelError["reason"], retryable = true) =>
  new ModelError({ provider: "test", reason, retryable, message: `it failed: ${reason}` })

/** A model that fails while it is told to, and counts how often it is asked. */
const unsteady = (name: string, failure: ModelError | undefined = undefined) => {
  const state = { failure, asked: 0, requests: new Array<ModelRequest>() }
  const layer = ScriptedModel.layer((request) => {
    state.asked++
    state.requests.push(request)
    return state.failure === undefined ? { content: name, model: name } : Effect.fail(state.failure)
  })
  return { state, layer, routed: { name, layer } satisfies ModelRouter.RoutedModel }
}

const build = (options: ModelRouter.RouterOptions) =>
  Effect.map(Layer.build(ModelRouter.layer(options)), (context) => ({
    model: Context.get(context, Model),
    modelSwitch: Context.get(context, ModelRouter.ModelSwitch),
    ask: (request: Partial<ModelRequest> = {}) =>
      Context.get(context, Model).generate({ ...hello, ...request }, () => {})
  }))

const silent = Logger.replace(Logger.defaultLogger, Logger.none)

describe("ModelRouter knows what it routes to", () => {
  it.scoped("ModelRouter knows a window by every name a request can have, also behind hooks", () =>
    Effect.gen(function* () {
      const small = { name: "small", layer: ScriptedModel.layer(() => ({}), { contextWindowTokens: 10 }) }
      const router = ModelRouter.layer({ models: [unsteady("large").routed, small] })
      for (const layer of [router, Hooks.aroundModel([{ name: "idle" }], router)]) {
        const model = Context.get(yield* Layer.build(layer), Model)
        const windowOf = (name?: string) => askedModel(model, name).contextWindowTokens
        assert.strictEqual(windowOf("small"), 10)
        assert.strictEqual(windowOf("large"), model.contextWindowTokens)
        assert.strictEqual(windowOf(), model.contextWindowTokens)
        assert.strictEqual(windowOf("nobody"), model.contextWindowTokens)
      }
    })
  )
})

describe("ModelRouter falls back", () => {
  for (const reason of [
    "Authentication",
    "RateLimited",
    "Overloaded",
    "Unavailable",
    "StreamCut",
    "MalformedResponse"
  ] as const) {
    it.scoped(`ModelRouter falls back on the next model after ${reason}, and the turn says from whom and why`, () =>
      Effect.gen(function* () {
        const [a, b] = [unsteady("a", error(reason)), unsteady("b")]
        const { ask } = yield* build({ models: [a.routed, b.routed] })
        const turn = yield* ask()
        assert.strictEqual(turn.model, "b")
        assert.deepStrictEqual(turn.fallback, { from: "a", reason })
      }).pipe(Effect.provide(silent))
    )
  }

  it.scoped("ModelRouter never falls back after InvalidRequest", () =>
    Effect.gen(function* () {
      const [a, b] = [unsteady("a", error("InvalidRequest", false)), unsteady("b")]
      const { ask } = yield* build({ models: [a.routed, b.routed] })
      assert.strictEqual((yield* Effect.flip(ask())).reason, "InvalidRequest")
      assert.strictEqual(b.state.asked, 0)
    })
  )

  it.scoped("ModelRouter falls back in the requested order, past a model whose window is too small", () =>
    Effect.gen(function* () {
      const [a, b, c] = [unsteady("a", error("Overloaded")), unsteady("b"), unsteady("c")]
      const small = { name: "small", layer: ScriptedModel.layer(() => ({}), { contextWindowTokens: 10 }) }
      const { ask } = yield* build({ models: [a.routed, b.routed, c.routed, small], fallback: ["small", "c", "b"] })
      assert.strictEqual((yield* ask()).model, "c")
      assert.strictEqual(b.state.asked, 0)
    }).pipe(Effect.provide(silent))
  )

  it.scoped("ModelRouter fails with an error that may pass if any of its models does", () =>
    Effect.gen(function* () {
      const [a, b] = [unsteady("a", error("Authentication", false)), unsteady("b", error("Overloaded"))]
      const { ask } = yield* build({ models: [a.routed, b.routed] })
      assert.strictEqual((yield* Effect.flip(ask())).reason, "Overloaded")
      // An InvalidRequest of a fallback is no reason to give up the run.
      b.state.failure = error("InvalidRequest", false)
      a.state.failure = error("Overloaded")
      assert.strictEqual((yield* Effect.flip(ask())).reason, "Overloaded")
    }).pipe(Effect.provide(silent))
  )

  it.scoped("ModelRouter falls back from one provider to another over the network, when the first has retried", () =>
    Effect.gen(function* () {
      const claude = yield* AnthropicSupport.serving(() => Anthropic.failure(529, "overloaded_error", "Overloaded"))
      const gpt = yield* OpenAiSupport.serving([OpenAi.says("Here I am")])
      const logged: Array<string> = []
      const listening = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ message }) => void logged.push(String(message)))
      )
      const first = Layer.scoped(Model, AnthropicSupport.modelAt(claude))
      const { model } = yield* build({ models: [{ layer: first }, { layer: OpenAiSupport.layerAt(gpt) }] })
      const outcome = yield* askModel(model).pipe(Effect.provide(listening))
      assert.strictEqual(claude.requests.length, Limits.modelAttemptsMax)
      assert.strictEqual(turnOf(outcome).content, "Here I am")
      assert.deepStrictEqual(turnOf(outcome).fallback, { from: "anthropic:claude-sonnet-5-5", reason: "Overloaded" })
      assert.include(logged.join("\n"), "the model anthropic:claude-sonnet-5-5 did not answer (Overloaded)")
      assert.notInclude(logged.join("\n"), AnthropicSupport.apiKey)
    })
  )
})

describe("ModelRouter's circuit breakers", () => {
  const patience = { failuresMax: 3, coolDownMs: 10_000 }

  it.scoped("a circuit opens after failures in a row, lets one request try after the cool-down, and then closes", () =>
    Effect.gen(function* () {
      const [a, b] = [unsteady("a", error("Unavailable")), unsteady("b")]
      const { ask, modelSwitch } = yield* build({ models: [a.routed, b.routed], ...patience })
      const circuit = Effect.map(modelSwitch.known, (known) => known[0]?.circuit)
      for (let call = 0; call < 3; call++) yield* ask()
      assert.strictEqual(yield* circuit, "open")

      // The request goes past the open circuit.
      assert.deepStrictEqual((yield* ask()).fallback, { from: "a", reason: "CircuitOpen" })
      yield* TestClock.adjust(9_999)
      yield* ask()
      assert.strictEqual(a.state.asked, 3)

      // One of ten requests tries the model, in vain, and the circuit is open again.
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* circuit, "half-open")
      yield* Effect.all(
        Array.from({ length: 10 }, () => ask()),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(a.state.asked, 4)
      assert.strictEqual(yield* circuit, "open")

      a.state.failure = undefined
      yield* TestClock.adjust(10_000)
      assert.strictEqual((yield* ask()).model, "a")
      assert.strictEqual(yield* circuit, "closed")
      yield* ask()
      assert.strictEqual(a.state.asked, 6)
    }).pipe(Effect.provide(silent))
  )

  it.scoped("a circuit counts only failures in a row, and none that lie with the request", () =>
    Effect.gen(function* () {
      const a = unsteady("a", error("Unavailable"))
      const { ask, modelSwitch } = yield* build({ models: [a.routed], ...patience })
      for (const failure of [
        "Unavailable",
        "Unavailable",
        undefined,
        "Unavailable",
        "InvalidRequest",
        "Unavailable"
      ] as const) {
        a.state.failure = failure === undefined ? undefined : error(failure)
        yield* Effect.exit(ask())
      }
      assert.strictEqual((yield* modelSwitch.known)[0]?.circuit, "closed")
    }).pipe(Effect.provide(silent))
  )

  it.scoped("if every circuit is open, the request waits once for the first to half-open", () =>
    Effect.gen(function* () {
      const a = unsteady("a", error("Unavailable"))
      const { ask } = yield* build({ models: [a.routed], ...patience })
      for (let call = 0; call < 3; call++) yield* Effect.exit(ask())

      const waiting = yield* Effect.fork(ask())
      const late = yield* Effect.fork(ask())
      yield* TestClock.adjust(9_999)
      assert.strictEqual(a.state.asked, 3)
      yield* TestClock.adjust(1)
      const outcomes = [yield* Fiber.await(waiting), yield* Fiber.await(late)]
      assert.strictEqual(a.state.asked, 4)
      const messages = outcomes.map((exit) => (Exit.isFailure(exit) ? String(exit.cause) : "answered"))
      assert.include(messages.join("\n"), "it failed: Unavailable")
      assert.include(messages.join("\n"), "a kept failing and will be tried again in 10 s")

      a.state.failure = undefined
      const third = yield* Effect.fork(ask())
      yield* TestClock.adjust(10_000)
      assert.strictEqual((yield* Fiber.join(third)).model, "a")
    }).pipe(Effect.provide(silent))
  )
})

describe("ModelRouter's routes", () => {
  const three = () => [unsteady("a"), unsteady("b"), unsteady("c")] as const

  it.scoped("a route leads to the model that a request names, by its name or by what it is", () =>
    Effect.gen(function* () {
      const [a, b] = three()
      const { ask } = yield* build({
        models: [
          a.routed,
          b.routed,
          { layer: OpenAiModel.layer({ model: "m", provider: "vllm", baseUrl: "http://127.0.0.1:1" }) }
        ]
      })
      assert.strictEqual((yield* ask()).model, "a")
      assert.strictEqual((yield* ask({ model: "b" })).model, "b")
      assert.notProperty(b.state.requests[0], "model")
      const failed = yield* Effect.flip(ask({ model: "vllm:n" }))
      assert.strictEqual(failed.reason, "InvalidRequest")
      assert.include(failed.message, "There is no model vllm:n; did you mean vllm:m? There are a, b, vllm:m.")
    })
  )

  it.scoped("a route falls back like the default does", () =>
    Effect.gen(function* () {
      const [a, b, c] = three()
      b.state.failure = error("Overloaded")
      const { ask } = yield* build({ models: [a.routed, b.routed, c.routed], fallback: ["c"] })
      assert.strictEqual((yield* ask({ model: "b" })).model, "c")
    }).pipe(Effect.provide(silent))
  )

  it.scoped("the default can be switched for requests to come", () =>
    Effect.gen(function* () {
      const [a] = three()
      const { ask, model, modelSwitch } = yield* build({
        models: [
          a.routed,
          { name: "b", layer: OpenAiModel.layer({ model: "m", provider: "vllm", contextWindowTokens: 7 }) }
        ]
      })
      assert.strictEqual(yield* modelSwitch.current, "a")
      assert.strictEqual(model.provider, "scripted")
      yield* modelSwitch.use("b")
      assert.strictEqual(yield* modelSwitch.current, "b")
      assert.deepStrictEqual([model.provider, model.model, model.contextWindowTokens], ["vllm", "m", 7])
      yield* modelSwitch.use("a")
      assert.strictEqual((yield* ask()).model, "a")
      const failed = yield* Effect.flip(modelSwitch.use("z"))
      assert.include(failed.message, "There is no model z; there are a, b.")
      assert.deepStrictEqual(
        (yield* modelSwitch.known).map(({ name, spec }) => [name, spec]),
        [
          ["a", "scripted:scripted-1"],
          ["b", "vllm:m"]
        ]
      )
    })
  )

  it.scoped("two models of one name, or a fallback without a model, are refused", () =>
    Effect.gen(function* () {
      const [a, b] = three()
      const twice = yield* Effect.flip(build({ models: [a.routed, { ...b.routed, name: "a" }] }))
      assert.include(twice.message, "Two models have the name a")
      const missing = yield* Effect.flip(build({ models: [a.routed], fallback: ["b"] }))
      assert.include(missing.message, "There is no model b")
    })
  )

  it.scoped("a failure of a routed provider is told as the provider said it", () =>
    Effect.gen(function* () {
      const server = yield* OpenAiSupport.serving(() => OpenAi.failure(401, { message: "who are you" }))
      const { model } = yield* build({ models: [{ layer: OpenAiSupport.layerAt(server) }] })
      const failed = errorOf(yield* askModel(model).pipe(Effect.provide(silent)))
      assert.strictEqual(failed.reason, "Authentication")
      assert.include(failed.message, "Check OPENAI_API_KEY")
    })
  )
})
