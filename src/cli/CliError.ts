/**
 * Failures of the command line, and the exit code of each kind of failure.
 *
 * @since 0.1.0
 */
import { HelpDoc, ValidationError } from "@effect/cli"
import { Cause, Data, Option } from "effect"
import { stripVTControlCharacters } from "node:util"

/**
 * The exit codes of `life`; the code of a signal is 128 plus its number.
 */
export const exitCodes = {
  failure: 1,
  usage: 2,
  waiting: 3,
  unproven: 4,
  SIGINT: 130,
  SIGPIPE: 141,
  SIGTERM: 143
} as const

/**
 * A failure with its exit code. The message says what happened, where, and what to do next.
 */
export class CliError extends Data.TaggedError("CliError")<{
  readonly message: string
  readonly exitCode: number
}> {}

/** A failure of the command because of its surroundings: files, the journal, the network or the run. */
export const failure = (message: string): CliError => new CliError({ message, exitCode: exitCodes.failure })

/** A journal that may be whole, but that no key vouches for to its end. */
export const unproven = (message: string): CliError => new CliError({ message, exitCode: exitCodes.unproven })

/** A failure because the command line itself is wrong. */
export const usage = (message: string): CliError => new CliError({ message, exitCode: exitCodes.usage })

/** Refusal of a command line, in the form of the refusals of @effect/cli. */
export const invalid = (message: string): ValidationError.ValidationError =>
  ValidationError.invalidValue(HelpDoc.p(message))

/** Report of a command that failed: one paragraph and the exit code. */
export interface Report {
  readonly message: string
  readonly exitCode: number
}

/** Makes a report from the cause of a failure. */
export const reportOf = (cause: Cause.Cause<unknown>): Report => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  if (error instanceof CliError) return error
  if (ValidationError.isValidationError(error)) {
    const what = stripVTControlCharacters(HelpDoc.toAnsiText(error.error))
      .trim()
      .replace(/\s*\n\s*/g, " ")
    return { message: `${what}. \`life --help\` shows what is possible.`, exitCode: exitCodes.usage }
  }
  if (error instanceof Error) return { message: withCode(error), exitCode: exitCodes.failure }
  if (Cause.isInterruptedOnly(cause)) return { message: "interrupted", exitCode: exitCodes.SIGINT }
  const defect = Cause.squash(cause)
  return {
    message:
      `an unexpected error: ${defect instanceof Error ? withCode(defect) : String(defect)}. This is a fault of life ` +
      "itself; run the command again with --verbose and report what it prints.",
    exitCode: exitCodes.failure
  }
}

// Only codes of Life are shown: docs/errors.md does not explain codes of the host, such as ENOENT.
const withCode = (error: Error & { readonly code?: unknown }): string =>
  typeof error.code === "string" && error.code.startsWith("LIFE_") ? `${error.message} [${error.code}]` : error.message
