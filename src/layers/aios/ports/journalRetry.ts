/**
 * The retry policy for a journal that fails, for example on a full disk until a person has made room.
 *
 * @since 0.1.0
 */
import { Effect, Schedule } from "effect"
import { Limits } from "../schema/Limits.js"

/**
 * Repeats an effect while it fails with a JournalError, every `Limits.journalRetryEveryMs`. An append that failed may
 * have taken place, so the effect must check the journal before it repeats an append.
 *
 * @since 0.1.0
 * @category combinators
 */
export const journalRetry =
  (retriesMax: number) =>
  <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.retry(effect, {
      schedule: Schedule.spaced(Limits.journalRetryEveryMs),
      times: retriesMax,
      while: ({ _tag }) => _tag === "JournalError"
    })
