/**
 * The layers that switch telemetry on.
 *
 * @since 0.1.0
 */
import { Effect, Layer } from "effect"
import { Telemetry } from "../../aios/index.js"
import { makeMeter, showStandings, Standings } from "./meter.js"
import { type Options, settingsOf, type TelemetryError } from "./settings.js"

/**
 * Traces and measures every agent below the layer, and exports spans and metrics. The layer also sets Effect's tracer,
 * and, where there is none yet, the global provider of OpenTelemetry.
 *
 * The layer fails when it cannot be set up. Afterwards the export never slows or fails an agent: a collector that is
 * down, is slow or refuses data costs one warning in the log. The end of the layer waits for data that is not exported
 * yet, `Limits.exportFlushMsMax` milliseconds at most.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { ActorSystem, Life, Telemetry } from "life-agent-os"
 *
 * const program = Effect.gen(function* () {
 *   const system = yield* ActorSystem.ActorSystem
 *   const agent = yield* system.spawn({ name: "scribe" })
 *   return yield* agent.run("Survey this folder")
 * })
 *
 * export const main = Effect.provide(
 *   program,
 *   Life.layer({ telemetry: Telemetry.layer({ serviceName: "scribes", endpoint: "http://localhost:4318" }) })
 * )
 * ```
 */
export const layer = (options: Options = {}): Layer.Layer<Telemetry, TelemetryError> =>
  Layer.unwrapScoped(
    Effect.gen(function* () {
      const settings = yield* settingsOf(options)
      if (settings.disabled) return Layer.succeed(Telemetry, { instruments: undefined })
      const { start } = yield* Effect.promise(() => import("./sdk.js"))
      const instruments = yield* start(settings)
      return Layer.merge(Layer.succeed(Telemetry, { instruments }), Layer.setTracer(instruments.tracer))
    })
  )

/**
 * Layer for a program that has telemetry of its own. Agents are traced with the tracer that Effect has where this layer
 * is built, and measured with the global meter provider of OpenTelemetry.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Layer, Tracer } from "effect"
 * import { Life, Telemetry } from "life-agent-os"
 *
 * // Your own: NodeSdk.layer of @effect/opentelemetry, or any other.
 * declare const tracer: Tracer.Tracer
 *
 * const traced = Telemetry.layerTracer().pipe(Layer.provide(Layer.setTracer(tracer)))
 * export const life = Life.layer({ telemetry: traced })
 * ```
 */
export const layerTracer = (options: Pick<Options, "captureContent"> = {}): Layer.Layer<Telemetry, TelemetryError> =>
  Layer.effect(
    Telemetry,
    Effect.gen(function* () {
      const { captureContent } = yield* settingsOf(options)
      const { annotate, spansWith } = yield* Effect.promise(() => import("./spans.js"))
      const { metrics } = yield* Effect.promise(() => import("@opentelemetry/api"))
      const tracer = yield* Effect.tracer
      const otel = metrics.getMeter("life-agent-os")
      const standings = new Standings()
      showStandings(otel, standings)
      const meter = makeMeter(otel, standings)
      return { instruments: { tracer, span: spansWith(tracer), annotate, meter, captureContent } }
    })
  )
