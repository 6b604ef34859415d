/**
 * How failures appear on spans: a type of which there are few, and a short message without secrets.
 *
 * @since 0.1.0
 */
import { Cause, Exit } from "effect"
import { type ClosedRun, Limits, maskSecrets } from "../../layers/aios/index.js"

/**
 * What the conventions say where no better type is known.
 */
export const otherError = "_OTHER"

// A secret that begins before the limit is known by what stands behind it.
const marginCharacters = 4_096

// Tracers read name, message and stack. The stack of a failure says nothing but where this file is.
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
  /** The same for work that was cut off: interrupted, or with what went wrong. */
  ofCause: (cause: Cause.Cause<unknown>): Exit.Exit<never, unknown> => {
    if (Cause.isInterruptedOnly(cause)) return Exit.failCause(cause)
    const error = Cause.squash(cause)
    return failure.of(typeOf(error), error instanceof Error ? error.message : String(error))
  }
}

/** The type of anything that was thrown: the reason of our own errors, else the class of the error. */
export const typeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return otherError
  if ("reason" in error && typeof error.reason === "string") return error.reason
  return error.name === "" ? otherError : error.name
}

/** The type of a run's end, where that is an error: the budget it has used up, or what the model failed with. */
export const errorTypeOf = (reason: ClosedRun["reason"], failedWith: string | undefined): string | undefined => {
  if (reason === "completed" || reason === "cancelled" || reason === "refused") return undefined
  return reason === "error" ? (failedWith ?? otherError) : reason
}

const nanosPerSecond = 1e9

/** Seconds from one time to another, never less than zero. */
export const secondsBetween = (from: bigint, to: bigint): number => Math.max(Number(to - from), 0) / nanosPerSecond
