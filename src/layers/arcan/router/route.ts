/**
 * One request on its way through the models that may answer it.
 */
import { Clock, Effect, Either } from "effect"
import {
  type Model,
  type ModelDelta,
  ModelError,
  type ModelFallback,
  type ModelRequest,
  type ModelTurn
} from "../../aios/index.js"
import type { Breaker } from "./Breaker.js"

/** A model that can be asked. */
export interface Candidate {
  /** What it was named, or `provider:model`. */
  readonly name: string
  readonly service: typeof Model.Service
  readonly breaker: Breaker
}

/** The reason of a fallback when the model was not asked because its circuit is open. */
const circuitOpen = "CircuitOpen"

/**
 * Asks one model after the other until one answers. A request that finds every circuit open waits for the first that is
 * to be tried again, once.
 */
export const route = Effect.fnUntraced(function* (
  order: readonly [Candidate, ...ReadonlyArray<Candidate>],
  request: ModelRequest,
  onDelta: (delta: ModelDelta) => void
) {
  const first = yield* pass(order, request, onDelta)
  if (first !== undefined) return yield* first
  const resting = order.filter((candidate) => candidate === order[0] || fits(request, candidate))
  const waitMs = yield* shortestWaitMs(resting)
  yield* Effect.logWarning(`every model is left alone for a while; waiting ${waitMs} ms for the first`)
  yield* Effect.sleep(waitMs)
  const second = yield* pass(order, request, onDelta)
  if (second !== undefined) return yield* second
  const retryAfterMs = yield* shortestWaitMs(resting)
  return yield* new ModelError({
    provider: order[0].service.provider,
    reason: "Unavailable",
    retryable: true,
    retryAfterMs,
    message:
      `${resting.map(({ name }) => name).join(", ")} kept failing and will be tried again in ` +
      `${Math.ceil(retryAfterMs / 1_000)} s. Wait for that, or use another model.`
  })
})

const shortestWaitMs = (resting: ReadonlyArray<Candidate>) =>
  Effect.map(Clock.currentTimeMillis, (now) => Math.min(...resting.map(({ breaker }) => breaker.waitMs(now))))

// The answer or the failure of one round; `undefined` when nobody could be asked.
const pass = Effect.fnUntraced(function* (
  order: readonly [Candidate, ...ReadonlyArray<Candidate>],
  request: ModelRequest,
  onDelta: (delta: ModelDelta) => void
) {
  const errors: Array<ModelError> = []
  let fallback: ModelFallback | undefined
  for (const candidate of order) {
    if (candidate !== order[0] && !fits(request, candidate)) continue
    if (!candidate.breaker.admits(yield* Clock.currentTimeMillis)) {
      fallback ??= { from: candidate.name, reason: circuitOpen }
      continue
    }
    const answer = yield* ask(candidate, request, onDelta)
    if (Either.isRight(answer)) {
      const turn: ModelTurn = fallback === undefined ? answer.right : { ...answer.right, fallback }
      return Effect.succeed(turn)
    }
    const error = answer.left
    // What is wrong with the request itself is not mended by another model.
    if (error.reason === "InvalidRequest" && errors.length === 0) return Effect.fail(error)
    errors.push(error)
    fallback ??= { from: candidate.name, reason: error.reason }
    yield* Effect.logWarning(`the model ${candidate.name} did not answer (${error.reason}): ${error.message}`)
  }
  // Another attempt is worth while if any of them may succeed later.
  const worst = errors.find(({ retryable }) => retryable) ?? errors[0]
  return worst === undefined ? undefined : Effect.fail(worst)
})

const ask = Effect.fnUntraced(function* (
  { breaker, name, service }: Candidate,
  request: ModelRequest,
  onDelta: (delta: ModelDelta) => void
) {
  const answer = yield* Effect.either(service.generate(request, onDelta))
  if (Either.isRight(answer)) {
    if (breaker.succeeded()) yield* Effect.logInfo(`the model ${name} answers again`)
  } else if (answer.left.reason !== "InvalidRequest" && breaker.failed(yield* Clock.currentTimeMillis)) {
    yield* Effect.logWarning(`the model ${name} keeps failing and is left alone for a while`)
  }
  return answer
})

const charactersPerToken = 4

// A rough count, so that a model with a small window is not asked in vain, or answers to a part of the conversation.
const fits = ({ messages, system, tools }: ModelRequest, { service }: Candidate): boolean =>
  JSON.stringify([system, messages, tools]).length / charactersPerToken <= service.contextWindowTokens
