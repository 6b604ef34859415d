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
  /** Its given name, or `provider:model`. */
  readonly name: string
  readonly service: typeof Model.Service
  readonly breaker: Breaker
}

/** The reason of a fallback when the model was not asked because its circuit is open. */
const circuitOpen = "CircuitOpen"

/**
 * Asks the models in order until one answers. If every circuit is open, the request waits once for the first to
 * half-open.
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
  yield* Effect.logWarning(`the circuit of every model is open; waiting ${waitMs} ms for the first to half-open`)
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

// Gives the answer or the failure of one round over the models; `undefined` if every circuit is open.
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
    // Another model cannot answer a request that is itself wrong.
    if (error.reason === "InvalidRequest" && errors.length === 0) return Effect.fail(error)
    errors.push(error)
    fallback ??= { from: candidate.name, reason: error.reason }
    yield* Effect.logWarning(`the model ${candidate.name} did not answer (${error.reason}): ${error.message}`)
  }
  // The call may be repeated if any of the errors is retryable.
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
    yield* Effect.logWarning(`the model ${name} failed several times in a row; its circuit is open`)
  }
  return answer
})

const charactersPerToken = 4

// A rough count. A model with too small a window would fail, or would answer only a part of the conversation.
const fits = ({ messages, system, tools }: ModelRequest, { service }: Candidate): boolean =>
  JSON.stringify([system, messages, tools]).length / charactersPerToken <= service.contextWindowTokens
