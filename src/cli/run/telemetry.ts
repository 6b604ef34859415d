/**
 * `life run --trace`: the exporter for the spans of a run.
 *
 * @since 0.1.0
 */
import { Options } from "@effect/cli"
import { Effect, Layer } from "effect"
import { Telemetry } from "../../layers/vigil/index.js"
import { invalid } from "../CliError.js"
import { text } from "../options.js"
import { Output } from "../Output.js"
import { version } from "../version.js"

/** Value of `--trace`. */
export type Trace = "console" | "otlp" | { readonly file: string }

const parse = (given: string): Trace | undefined => {
  if (given === "console" || given === "otlp") return given
  const file = /^file=(.+)$/s.exec(given)?.[1]
  return file === undefined ? undefined : { file }
}

/** The option. */
export const traceOption: Options.Options<Trace | undefined> = text(
  "trace",
  "console|otlp|file=PATH",
  "Trace the run: a line for each span on the standard error, to a collector of OpenTelemetry, or into a file"
).pipe(
  Options.mapEffect((given) => {
    if (given === undefined) return Effect.succeed(undefined)
    const trace = parse(given)
    return trace === undefined
      ? Effect.fail(
          invalid(
            `--trace is console, otlp, or file=PATH, not ${JSON.stringify(given)}; the address of a collector is ` +
              "set with OTEL_EXPORTER_OTLP_ENDPOINT"
          )
        )
      : Effect.succeed(trace)
  })
)

/** The telemetry of a run. */
export const telemetryOf = (
  trace: Trace | undefined
): Layer.Layer<Telemetry.Telemetry, Telemetry.TelemetryError, Output> =>
  trace === undefined
    ? Layer.effect(Telemetry.Telemetry, Telemetry.Telemetry)
    : Layer.unwrapEffect(
        Effect.map(Output, ({ note }) => {
          const print = (line: string) => Effect.runSync(note(line))
          return Telemetry.layer({
            serviceVersion: version,
            exporter: trace === "console" ? { console: print } : trace
          })
        })
      )
