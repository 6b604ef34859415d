/**
 * The log: on the standard error, warnings and worse unless more is asked for.
 *
 * @since 0.1.0
 */
import { Array, Cause, Effect, Inspectable, Layer, Logger, LogLevel } from "effect"
import { type CliError, usage } from "./CliError.js"
import { Output } from "./Output.js"

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warning,
  error: LogLevel.Error,
  none: LogLevel.None
}

/** `--verbose`, or `LIFE_LOG_LEVEL=debug`. */
export const isVerbose = (argv: ReadonlyArray<string>): boolean =>
  argv.includes("--verbose") || process.env["LIFE_LOG_LEVEL"] === "debug"

/** Logs through {@link Output}, so that the status line stays whole. */
export const logging = (verbose: boolean): Layer.Layer<never, CliError, Output> => {
  const named = process.env["LIFE_LOG_LEVEL"] || "warning"
  const level = verbose ? LogLevel.Debug : levels[named]
  if (level === undefined) {
    return Layer.fail(usage(`LIFE_LOG_LEVEL is one of ${Object.keys(levels).join(", ")}, not ${JSON.stringify(named)}`))
  }
  const logger = Effect.map(Output, ({ note }) =>
    Logger.make<unknown, void>(({ cause, logLevel, message }) => {
      const said = Array.ensure(message)
        .map((each) => Inspectable.toStringUnknown(each, 0))
        .join(" ")
      const why = Cause.isEmpty(cause) ? "" : `\n${Cause.pretty(cause)}`
      Effect.runSync(note(`life: ${logLevel._tag.toLowerCase()}: ${said}${why}`))
    })
  )
  return Layer.merge(Logger.replaceEffect(Logger.defaultLogger, logger), Logger.minimumLogLevel(level))
}
