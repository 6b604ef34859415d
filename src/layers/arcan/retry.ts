/**
 * When a failed attempt of a model call is made again. The same for every provider.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Schedule } from "effect"
import { Limits, type ModelError, type ModelTurn } from "../aios/index.js"

const firstDelayMs = 500

const isWorthRetrying = (error: ModelError): boolean =>
  error.retryable && (error.retryAfterMs ?? 0) <= Limits.modelRetryDelayMsMax

// The identity schedule carries the error to where the delay is chosen.
const schedule = Schedule.exponential(Duration.millis(firstDelayMs)).pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(Limits.modelAttemptsMax - 1)),
  Schedule.zipRight(Schedule.identity<ModelError>()),
  Schedule.modifyDelay((error, delay) =>
    Duration.clamp(delay, {
      minimum: Duration.millis(error.retryAfterMs ?? 0),
      maximum: Duration.millis(Limits.modelRetryDelayMsMax)
    })
  )
)

/**
 * Makes an attempt again while that may help: at most `Limits.modelAttemptsMax` attempts in all, with exponential,
 * jittered delays on Effect's Clock that respect what the provider asks for. A provider that asks to wait longer than
 * `Limits.modelRetryDelayMsMax` fails the call at once. The turn says how many attempts failed before it.
 */
export const retrying = (attempt: Effect.Effect<ModelTurn, ModelError>): Effect.Effect<ModelTurn, ModelError> =>
  Effect.suspend(() => {
    let attempts = 0
    const counted = Effect.suspend(() => {
      attempts++
      return attempt
    })
    return Effect.map(Effect.retry(counted, { schedule, while: isWorthRetrying }), (turn) =>
      attempts === 1 ? turn : { ...turn, retries: attempts - 1 }
    )
  })
