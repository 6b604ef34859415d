/** Carries out a model call against a loopback server, on the virtual clock. */
import { Chunk, Clock, Effect, Exit, Fiber, Option, TestClock } from "effect"
import {
  Limits,
  type Model,
  type ModelDelta,
  type ModelError,
  type ModelRequest,
  type ModelTurn,
  type ToolDefinition
} from "../../../src/layers/aios/index.js"
import { type Script, startModelServer } from "../../support/modelServer.js"

export const hello: ModelRequest = {
  sessionId: "session",
  system: "You are life.",
  messages: [{ role: "user", content: "Hello" }],
  tools: []
}

/** A tool that a request offers. */
export const tool = (name: string): ToolDefinition => ({
  name,
  description: `The tool ${name}`,
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
  annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
  timeoutMs: 1_000
})

/** A server that answers by a script and goes with the scope. */
export const serving = <Body>(script: Script<Body>, host?: string) =>
  Effect.acquireRelease(
    Effect.promise(() => startModelServer(script, 0, host)),
    (server) => Effect.promise(() => server.close())
  )

/** Results of one call. */
export interface Outcome {
  readonly exit: Exit.Exit<ModelTurn, ModelError>
  /** The pieces of text. */
  readonly heard: ReadonlyArray<string>
  readonly deltas: ReadonlyArray<ModelDelta>
  /** Delays between attempts, in milliseconds of the virtual clock. */
  readonly delays: ReadonlyArray<number>
}

/** One turn of the event loop, so that real sockets can make progress while the virtual clock stands still. */
const breathe = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Carries out one call; time passes only while it waits between two attempts. */
export const askModel = Effect.fnUntraced(function* (model: typeof Model.Service, request: ModelRequest = hello) {
  const deltas: Array<ModelDelta> = []
  const delays: Array<number> = []
  const fiber = yield* Effect.fork(model.generate(request, (delta) => deltas.push(delta)))
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
  const heard = deltas.flatMap(({ text, type }) => (type === "text" ? [text] : []))
  const outcome: Outcome = { exit: yield* Fiber.await(fiber), heard, deltas, delays }
  return outcome
})

/** A turn whose calls are named by their position, because their ids are new each time. */
export const numbered = (turn: ModelTurn): ModelTurn => ({
  ...turn,
  toolCalls: turn.toolCalls.map((call, index) => ({ ...call, callId: String(index) }))
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
