import { Chunk, Clock, Context, Effect, Exit, Fiber, Layer, Option, Redacted, TestClock } from "effect"
import { Limits, Model, type ModelError, type ModelRequest, type ModelTurn } from "../../../src/layers/aios/index.js"
import { AnthropicModel } from "../../../src/layers/arcan/index.js"
import { type AnthropicServer, type Script, startAnthropicServer } from "../../support/anthropicServer.js"

export const apiKey = "sk-ant-test-0123456789"

export const hello: ModelRequest = {
  sessionId: "session",
  system: "You are life.",
  messages: [{ role: "user", content: "Hello" }],
  tools: []
}

export const serving = (script: Script) =>
  Effect.acquireRelease(
    Effect.promise(() => startAnthropicServer(script)),
    (server) => Effect.promise(() => server.close())
  )

/** The model as a service, talking to the server. */
export const modelAt = (server: AnthropicServer, options: Partial<AnthropicModel.AnthropicOptions> = {}) =>
  Layer.build(AnthropicModel.layer({ apiKey: Redacted.make(apiKey), baseUrl: server.url, ...options })).pipe(
    Effect.map((context) => Context.get(context, Model))
  )

/** Everything one call gave. */
export interface Outcome {
  readonly exit: Exit.Exit<ModelTurn, ModelError>
  readonly heard: ReadonlyArray<string>
  /** Delays between attempts, in milliseconds of the virtual clock. */
  readonly delays: ReadonlyArray<number>
}

/** One turn of the event loop, so that real sockets can make progress while the virtual clock stands still. */
const breathe = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Carries out one call; time passes only while it waits between two attempts. */
export const ask = (
  server: AnthropicServer,
  request: ModelRequest = hello,
  options: Partial<AnthropicModel.AnthropicOptions> = {}
) =>
  Effect.gen(function* () {
    const model = yield* modelAt(server, options)
    const heard: Array<string> = []
    const delays: Array<number> = []
    const fiber = yield* Effect.fork(model.generate(request, (text) => heard.push(text)))
    while (Option.isNone(yield* Fiber.poll(fiber))) {
      const now = yield* Clock.currentTimeMillis
      // The time limit of an attempt is far longer than any delay.
      const due = Chunk.filter(yield* TestClock.sleeps(), (at) => at - now <= Limits.modelRetryDelayMsMax)
      for (const at of Chunk.take(due, 1)) {
        delays.push(at - now)
        yield* TestClock.setTime(at)
      }
      yield* breathe
    }
    const outcome: Outcome = { exit: yield* Fiber.await(fiber), heard, delays }
    return outcome
  })

/** The turn of a call that must succeed. */
export const turnOf = ({ exit }: Outcome): ModelTurn => {
  if (Exit.isSuccess(exit)) return exit.value
  throw new Error(`the call failed: ${String(exit.cause)}`)
}

/** The error of a call that must fail with one. */
export const errorOf = ({ exit }: Outcome): ModelError => {
  if (Exit.isFailure(exit) && exit.cause._tag === "Fail") return exit.cause.error
  throw new Error(`the call did not fail as it should: ${String(exit)}`)
}
