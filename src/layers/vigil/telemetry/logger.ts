/**
 * A log whose lines can be found by trace: each line names the trace and the span it was written in.
 *
 * @since 0.1.0
 */
import { Array, Cause, Effect, Fiber, HashMap, Inspectable, type Layer, List, Logger, Option } from "effect"
import { maskSecrets, visible, visibleJson } from "../../aios/index.js"

/**
 * Format of a line: `pretty` for people; `json` for programs, one object per line.
 *
 * @since 0.1.0
 * @category models
 */
export type LogFormat = "json" | "pretty"

/**
 * A line of the log as JSON has it. Secrets are masked.
 *
 * @since 0.1.0
 * @category models
 */
export interface LogLine {
  /** RFC 3339, UTC, milliseconds. */
  readonly timestamp: string
  readonly level: string
  readonly message: string
  readonly trace_id?: string
  readonly span_id?: string
  /** Annotations of `Effect.annotateLogs`; agents set `agent` and `session`. */
  readonly annotations?: { readonly [name: string]: string }
  /** Milliseconds since each `Effect.withLogSpan` began. */
  readonly spans?: { readonly [label: string]: number }
  readonly cause?: string
}

const textOf = (value: unknown): string => maskSecrets(Inspectable.toStringUnknown(value, 0))

const lineOf = ({ annotations, cause, date, logLevel, message, spans }: Logger.Logger.Options<unknown>): LogLine => {
  const span = Option.getOrUndefined(Fiber.getCurrentFiber())?.currentSpan
  return {
    timestamp: date.toISOString(),
    level: logLevel._tag.toLowerCase(),
    message: Array.ensure(message).map(textOf).join(" "),
    ...(span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId }),
    ...(HashMap.isEmpty(annotations)
      ? {}
      : { annotations: Object.fromEntries(sorted(annotations).map(([name, value]) => [name, textOf(value)])) }),
    ...(List.isNil(spans)
      ? {}
      : {
          spans: Object.fromEntries(
            List.toArray(spans).map(({ label, startTime }) => [label, date.getTime() - startTime])
          )
        }),
    ...(Cause.isEmpty(cause) ? {} : { cause: maskSecrets(Cause.pretty(cause)) })
  }
}

// Maps of Effect have no order of their own.
const sorted = (annotations: HashMap.HashMap<string, unknown>): Array<readonly [string, unknown]> =>
  HashMap.toEntries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1))

const prettyLine = ({ annotations = {}, cause, level, message, span_id, spans = {}, trace_id }: LogLine): string => {
  const context = Object.entries({
    ...annotations,
    ...Object.fromEntries(Object.entries(spans).map(([label, ms]) => [label, `${ms}ms`])),
    ...(trace_id === undefined ? {} : { trace_id, span_id })
  })
  const behind = context.map(([name, value]) => ` ${name}=${value}`).join("")
  return `${level}: ${message}${behind === "" ? "" : ` [${behind.trim()}]`}${cause === undefined ? "" : `\n${cause}`}`
}

/**
 * Writes the log with `write`, a line at a time.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Telemetry } from "life-agent-os"
 *
 * export const main = Effect.log("ready").pipe(Effect.provide(Telemetry.layerLogger({ format: "json" })))
 * ```
 */
export const layerLogger = (options: {
  readonly format: LogFormat
  /** @default the standard error */
  readonly write?: (line: string) => Effect.Effect<void>
}): Layer.Layer<never> => {
  const { format, write = toStderr } = options
  const print = (line: LogLine) => (format === "json" ? visibleJson(JSON.stringify(line)) : visible(prettyLine(line)))
  return Logger.replace(
    Logger.defaultLogger,
    Logger.make<unknown, void>((said) => Effect.runSync(write(print(lineOf(said)))))
  )
}

const toStderr = (line: string): Effect.Effect<void> => Effect.sync(() => void process.stderr.write(`${line}\n`))
