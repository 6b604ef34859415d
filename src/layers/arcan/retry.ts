/**
 * Repetition of failed attempts of a model call. All providers share it.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Schedule } from "effect"
import { Limits, type ModelError, type ModelTurn } from "../aios/index.js"

const firstDelayMs = 500

const isWorthRetrying = (error: ModelError): boolean =>
  error.retryable && (error.retryAfterMs ?? 0) <= Limits.modelRetryDelayMsMax

// The identity schedule passes the error to `modifyDelay`, which chooses the delay.
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
 * Repeats an attempt while its error is retryable: at most `Limits.modelAttemptsMax` attempts in all, with exponential,
 * jittered delays on Effect's Clock. A delay is at least the wait that the provider asks for. A provider that asks to
 * wait longer than `Limits.modelRetryDelayMsMax` fails the call at once. The turn says how many attempts failed before
 * it.
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
