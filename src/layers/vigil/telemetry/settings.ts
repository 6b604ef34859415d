/**
 * Settings of telemetry, from options and from variables of the environment.
 *
 * @since 0.1.0
 */
import { Config, type ConfigError, Effect, Option, Schema } from "effect"
import type { Memory } from "./Memory.js"
import { lifeCode } from "../../aios/index.js"

/**
 * Reason why telemetry cannot be set up. After its start telemetry does not fail any more.
 *
 * - `InvalidConfig`: an option or a variable of the environment is invalid
 * - `Unwritable`: the file for the spans cannot be written
 *
 * @since 0.1.0
 * @category errors
 */
export class TelemetryError extends Schema.TaggedError<TelemetryError>("life-agent-os/TelemetryError")(
  "TelemetryError",
  {
    reason: Schema.Literal("InvalidConfig", "Unwritable"),
    /** Says what happened, where, and what to do next. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Destination of spans and metrics.
 *
 * - `otlp`: to a collector, over HTTP in JSON
 * - `console`: a line for each span that has ended, to the given function or to the standard error; no metrics
 * - `file`: a JSON object per line for each span, added to the end of the file; no metrics
 * - {@link Memory}: to memory, for tests
 *
 * @since 0.1.0
 * @category models
 */
export type Exporter =
  | "otlp"
  | "console"
  | { readonly console: (line: string) => void }
  | { readonly file: string }
  | Memory

/**
 * Options of telemetry. An option that is not given is taken from the environment: `OTEL_EXPORTER_OTLP_ENDPOINT`,
 * `OTEL_EXPORTER_OTLP_HEADERS`, both also with `TRACES_` or `METRICS_` in front of their last word,
 * `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER` and its `_ARG`, `LIFE_SAMPLING_RATIO` and
 * `LIFE_CAPTURE_CONTENT`. The defaults hold when the environment gives no value either.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  /** @default "otlp" */
  readonly exporter?: Exporter
  /** @default "life" */
  readonly serviceName?: string
  readonly serviceVersion?: string
  readonly resourceAttributes?: { readonly [name: string]: string }
  /**
   * The address of the collector, without `/v1/traces`.
   *
   * @default "http://localhost:4318"
   */
  readonly endpoint?: string
  readonly headers?: { readonly [name: string]: string }
  /**
   * The share of traces that is kept, 0 to 1. The service that begins a trace decides for the whole trace.
   *
   * @default 1
   */
  readonly samplingRatio?: number
  /**
   * Keeps messages, and arguments and results of tools, in spans, with secrets masked.
   *
   * @default false
   */
  readonly captureContent?: boolean
}

/**
 * Address and headers for one kind of telemetry.
 */
export interface Destination {
  readonly url: string
  readonly headers: { readonly [name: string]: string }
}

/**
 * Options and environment together, checked.
 */
export interface Settings {
  readonly exporter: Exporter
  readonly resource: { readonly [name: string]: string }
  readonly traces: Destination
  readonly metrics: Destination
  readonly ratio: number
  /** Makes the service that begins a trace decide whether it is kept. */
  readonly parentBased: boolean
  readonly captureContent: boolean
  /** `OTEL_SDK_DISABLED=true` */
  readonly disabled: boolean
}

const invalid = (message: string) => new TelemetryError({ reason: "InvalidConfig", message })

const defaultEndpoint = "http://localhost:4318"

const variable = (name: string): Effect.Effect<string | undefined, ConfigError.ConfigError> =>
  Effect.map(Config.option(Config.string(name)), (value) => {
    const text = Option.getOrElse(value, () => "").trim()
    return text === "" ? undefined : text
  })

// Lists of names and values, percent-encoded: https://www.w3.org/TR/baggage
const pairs = (name: string) =>
  Effect.flatMap(variable(name), (text = "") =>
    Effect.forEach(
      text.split(",").filter((pair) => pair.trim() !== ""),
      (pair) => {
        const at = pair.indexOf("=")
        return at < 1
          ? Effect.fail(invalid(`${name} has an entry that is not NAME=VALUE; separate entries by commas`))
          : Effect.try({
              try: () => [pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const,
              catch: () => invalid(`${name} has a value that is not percent-encoded; write %25 for %`)
            })
      }
    )
  ).pipe(Effect.map((entries): { readonly [name: string]: string } => Object.fromEntries(entries)))

const checkUrl = (url: string, from: string): Effect.Effect<string, TelemetryError> =>
  URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    ? Effect.succeed(url)
    : Effect.fail(invalid(`${from} is not an address like ${defaultEndpoint}`))

// An address for one kind is taken as it is; the path of the kind is added to the common address.
const destination = Effect.fnUntraced(function* (options: Options, kind: "traces" | "metrics") {
  const common = "OTEL_EXPORTER_OTLP_ENDPOINT"
  const special = `OTEL_EXPORTER_OTLP_${kind.toUpperCase()}_ENDPOINT`
  const own = options.endpoint === undefined ? yield* variable(special) : undefined
  const base = options.endpoint ?? (yield* variable(common)) ?? defaultEndpoint
  const from = options.endpoint === undefined ? common : "the endpoint of the telemetry"
  const url =
    own === undefined
      ? `${(yield* checkUrl(base, from)).replace(/\/+$/, "")}/v1/${kind}`
      : yield* checkUrl(own, special)
  const headers = options.headers ?? {
    ...(yield* pairs("OTEL_EXPORTER_OTLP_HEADERS")),
    ...(yield* pairs(`OTEL_EXPORTER_OTLP_${kind.toUpperCase()}_HEADERS`))
  }
  return { url, headers } satisfies Destination
})

const ratioOf = (text: string | number, from: string): Effect.Effect<number, TelemetryError> => {
  const ratio = Number(text)
  return ratio >= 0 && ratio <= 1
    ? Effect.succeed(ratio)
    : Effect.fail(invalid(`${from} is the share of traces to keep, a number from 0 to 1, not ${JSON.stringify(text)}`))
}

const samplers = ["always_on", "always_off", "traceidratio"]

const sampling = Effect.fnUntraced(function* ({ samplingRatio }: Options) {
  if (samplingRatio !== undefined) return { parentBased: true, ratio: yield* ratioOf(samplingRatio, "samplingRatio") }
  const own = yield* variable("LIFE_SAMPLING_RATIO")
  if (own !== undefined) return { parentBased: true, ratio: yield* ratioOf(own, "LIFE_SAMPLING_RATIO") }
  const name = (yield* variable("OTEL_TRACES_SAMPLER")) ?? "parentbased_always_on"
  const kind = name.replace(/^parentbased_/, "")
  if (!samplers.includes(kind)) {
    const known = samplers.flatMap((sampler) => [sampler, `parentbased_${sampler}`])
    return yield* invalid(`OTEL_TRACES_SAMPLER is one of ${known.join(", ")}, not ${JSON.stringify(name)}`)
  }
  const given = kind === "traceidratio" ? yield* variable("OTEL_TRACES_SAMPLER_ARG") : undefined
  return {
    parentBased: kind !== name,
    ratio: kind === "always_off" ? 0 : yield* ratioOf(given ?? 1, "OTEL_TRACES_SAMPLER_ARG")
  }
})

// The variable can name a protocol that is not supported here.
const checkProtocol = Effect.flatMap(variable("OTEL_EXPORTER_OTLP_PROTOCOL"), (protocol) =>
  protocol === "grpc"
    ? Effect.fail(
        invalid(
          "OTEL_EXPORTER_OTLP_PROTOCOL is grpc, which is not supported. Leave the variable out and name the " +
            "collector's HTTP port, which is usually 4318."
        )
      )
    : Effect.void
)

/**
 * Merges options and environment. Fails with `InvalidConfig`.
 */
export const settingsOf = (options: Options): Effect.Effect<Settings, TelemetryError> =>
  Effect.gen(function* () {
    const { exporter = "otlp" } = options
    if (exporter === "otlp") yield* checkProtocol
    const content = yield* variable("LIFE_CAPTURE_CONTENT")
    const { serviceVersion } = options
    return {
      exporter,
      resource: {
        "service.name": "life",
        ...(yield* pairs("OTEL_RESOURCE_ATTRIBUTES")),
        ...options.resourceAttributes,
        ...named("service.name", options.serviceName ?? (yield* variable("OTEL_SERVICE_NAME"))),
        ...named("service.version", serviceVersion)
      },
      traces: yield* destination(options, "traces"),
      metrics: yield* destination(options, "metrics"),
      ...(yield* sampling(options)),
      captureContent: options.captureContent ?? (content === "true" || content === "1"),
      disabled: (yield* variable("OTEL_SDK_DISABLED"))?.toLowerCase() === "true"
    }
  }).pipe(Effect.catchTag("ConfigError", (error) => invalid(`the environment cannot be read: ${String(error)}`)))

const named = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value })
