/**
 * The log on the standard error. The default level is `warning`.
 *
 * @since 0.1.0
 */
import { Effect, Layer, Logger, LogLevel } from "effect"
import { type LogFormat, layerLogger } from "../layers/vigil/telemetry/logger.js"
import { type CliError, usage } from "./CliError.js"
import { Output } from "./Output.js"
import { exact } from "./render/line.js"

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  debug: LogLevel.Debug,
  info: LogLevel.Info,
  warning: LogLevel.Warning,
  error: LogLevel.Error,
  none: LogLevel.None
}

const formats: ReadonlyArray<LogFormat> = ["pretty", "json"]

/** A wanted value, and the option or variable that asks for it. */
interface Wish {
  readonly value: string
  readonly from: string
}

/** Settings of the log in the command line and the environment. */
export interface LogWishes {
  readonly level: Wish
  readonly format: Wish
  /** Log everything, and print the whole cause of a failure. */
  readonly verbose: boolean
}

/** A command line without the options that every command takes, and these options. */
export interface CommonOptions {
  readonly rest: ReadonlyArray<string>
  readonly wishes: LogWishes
  /** The output of the command shows secrets; the log never does. */
  readonly showsSecrets: boolean
}

/**
 * Takes `--log-level`, `--log-format` and `--show-secrets` out of a command line; every command accepts them at any
 * place. The command parses the rest.
 */
export const takeCommonOptions = (argv: ReadonlyArray<string>): CommonOptions => {
  const given = new Map<string, string>()
  const rest: Array<string> = []
  let showsSecrets = false
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? ""
    if (word === "--") {
      rest.push(...argv.slice(at))
      break
    }
    const [, name, value] = /^--(log-level|log-format)(?:=(.*))?$/.exec(word) ?? []
    if (word === "--show-secrets") showsSecrets = true
    else if (name === undefined) rest.push(word)
    else given.set(name, value ?? argv[++at] ?? "")
  }
  const wish = (option: string, variable: string, otherwise: string): Wish => {
    const value = given.get(option)
    return value === undefined
      ? { value: process.env[variable] || otherwise, from: variable }
      : { value, from: `--${option}` }
  }
  const level = wish("log-level", "LIFE_LOG_LEVEL", "warning")
  const verbose = rest.includes("--verbose") || level.value === "debug"
  return { rest, showsSecrets, wishes: { level, verbose, format: wish("log-format", "LIFE_LOG_FORMAT", "pretty") } }
}

/** Logs through {@link Output}, so that the status line stays whole. */
export const logging = ({ format, level, verbose }: LogWishes): Layer.Layer<never, CliError, Output> => {
  const minimum = verbose ? LogLevel.Debug : levels[level.value]
  const known = formats.find((name) => name === format.value)
  if (minimum === undefined) return Layer.fail(oneOf(level, Object.keys(levels)))
  if (known === undefined) return Layer.fail(oneOf(format, formats))
  const logger = Layer.unwrapEffect(
    Effect.map(Output, ({ note }) =>
      layerLogger({ format: known, write: (line) => note(known === "json" ? exact(line) : `life: ${line}`) })
    )
  )
  return Layer.merge(logger, Logger.minimumLogLevel(minimum))
}

const oneOf = ({ from, value }: Wish, words: ReadonlyArray<string>): CliError =>
  usage(`${from} is one of ${words.join(", ")}, not ${JSON.stringify(value)}`)
