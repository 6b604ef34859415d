/**
 * Reads the objective from the argument or the file that the command line gives.
 *
 * @since 0.1.0
 */
import { Effect, Either } from "effect"
import { closeSync, openSync, readSync } from "node:fs"
import { Limits } from "../../layers/aios/index.js"
import { type CliError, failure, usage } from "../CliError.js"

/** The objective from an argument or a file; `undefined` when neither was given. */
export const readObjective = (
  argument: string | undefined,
  file: string | undefined
): Effect.Effect<string | undefined, CliError> => {
  if (argument !== undefined && file !== undefined) {
    return Effect.fail(usage("an objective and --objective-file were both given; give one of them"))
  }
  if (file !== undefined) return Effect.flatMap(readFile(file), decode)
  return argument === undefined ? Effect.succeed(argument) : decode(Buffer.from(argument))
}

const decode = (bytes: Uint8Array): Either.Either<string, CliError> => {
  if (bytes.length > Limits.messageBytesMax) {
    return Either.left(
      usage(
        `the objective is too long: the limit is ${Limits.messageBytesMax} bytes; ` +
          "put the details into a file of the workspace and name the file in the objective"
      )
    )
  }
  return Either.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => usage("the objective is not UTF-8 text; convert it first")
  }).pipe(
    Either.filterOrLeft(
      (text) => text.trim() !== "",
      () => usage("the objective is empty; say what is to be done, or leave it out for a survey of the workspace")
    )
  )
}

const standardInput = 0

// Reads at most one byte more than the limit, because a file or a pipe may be endless.
const readFile = (file: string): Effect.Effect<Uint8Array, CliError> =>
  Effect.try({
    try: () => {
      const descriptor = file === "-" ? standardInput : openSync(file, "r")
      try {
        const buffer = Buffer.alloc(Limits.messageBytesMax + 1)
        let length = 0
        while (length < buffer.length) {
          const read = readSync(descriptor, buffer, length, buffer.length - length, null)
          if (read === 0) break
          length += read
        }
        return buffer.subarray(0, length)
      } finally {
        if (descriptor !== standardInput) closeSync(descriptor)
      }
    },
    catch: (cause) =>
      failure(
        `the objective cannot be read from ${file === "-" ? "the standard input" : file} (${String(cause)}); ` +
          "name a file that can be read, or give the objective as an argument"
      )
  })
