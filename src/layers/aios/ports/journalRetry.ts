/**
 * The retry policy for a journal that fails, for example on a full disk until a person has made room.
 *
 * @since 0.1.0
 */
import { Effect, Schedule } from "effect"
import { Limits } from "../schema/Limits.js"
import { JournalError } from "./Journal.js"

const hopeless: ReadonlySet<JournalError["reason"]> = new Set(["Fenced", "Replaced", "Untrusted", "Corrupt"])

/**
 * Tells whether an error says that this process can never use the journal again.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isHopeless = (error: unknown): error is JournalError =>
  error instanceof JournalError && hopeless.has(error.reason)

/**
 * Tells whether an error says that one session cannot be used, which says nothing about the others.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isUnusable = (error: unknown): error is JournalError =>
  error instanceof JournalError && (error.reason === "Untrusted" || error.reason === "Corrupt")

/**
 * Repeats an effect while it fails with a JournalError that may pass, every `Limits.journalRetryEveryMs`. An append that failed may
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
      while: (error) => error._tag === "JournalError" && !isHopeless(error)
    })
