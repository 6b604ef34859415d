/**
 * Failures on spans: one of few types, and a short message without secrets.
 *
 * @since 0.1.0
 */
import { Cause, Exit } from "effect"
import { type ClosedRun, Limits, maskSecrets } from "../../layers/aios/index.js"

/**
 * Type of the conventions for an error of unknown type.
 */
export const otherError = "_OTHER"

// A secret that begins before the limit is recognised only together with the text after the limit.
const marginCharacters = 4_096

// Tracers read name, message and stack. The stack would only point to this file, so it is empty.
const described = (errorType: string, message: string): Error => {
  const looked = message.slice(0, Limits.messageCharactersMax + marginCharacters)
  const error = new Error(maskSecrets(looked).slice(0, Limits.messageCharactersMax))
  error.name = errorType
  error.stack = ""
  return error
}

export const failure = {
  /** The exit of a span that failed. */
  of: (errorType: string, message: string): Exit.Exit<never, Error> => Exit.fail(described(errorType, message)),
  /** The exit of a span whose work was interrupted or failed with a cause. */
  ofCause: (cause: Cause.Cause<unknown>): Exit.Exit<never, unknown> => {
    if (Cause.isInterruptedOnly(cause)) return Exit.failCause(cause)
    const error = Cause.squash(cause)
    return failure.of(typeOf(error), error instanceof Error ? error.message : String(error))
  }
}

/** The type of a thrown value: its `reason` if it has one, as errors of Life do; else its error class. */
export const typeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return otherError
  if ("reason" in error && typeof error.reason === "string") return error.reason
  return error.name === "" ? otherError : error.name
}

/** The type of a run's end if it is an error: the budget that is used up, or the reason of the model's failure. */
export const errorTypeOf = (reason: ClosedRun["reason"], failedWith: string | undefined): string | undefined => {
  if (reason === "completed" || reason === "cancelled" || reason === "refused") return undefined
  return reason === "error" ? (failedWith ?? otherError) : reason
}

const nanosPerSecond = 1e9

/** Seconds from one time to another, never less than zero. */
export const secondsBetween = (from: bigint, to: bigint): number => Math.max(Number(to - from), 0) / nanosPerSecond
