/**
 * Setup of the SDK. The SDK takes long to load, so this file is imported only when telemetry is switched on.
 *
 * @since 0.1.0
 */
import * as EffectTracer from "@effect/opentelemetry/Tracer"
import { context, propagation, trace } from "@opentelemetry/api"
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks"
import { W3CTraceContextPropagator } from "@opentelemetry/core"
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources"
import { MeterProvider, MetricReader, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics"
import {
  NodeTracerProvider,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  type SpanProcessor,
  TraceIdRatioBasedSampler
} from "@opentelemetry/sdk-trace-node"
import { Clock, Effect, Runtime, type Scope } from "effect"
import { type Instruments, Limits } from "../../aios/index.js"
import { fileExporter, immediately, inBatches, warningOnce } from "./exporters.js"
import { finishedSpan, spanLine } from "./FinishedSpan.js"
import { Memory } from "./Memory.js"
import { makeMeter, Standings } from "./meter.js"
import { effectProducer, StandingsProducer } from "./producer.js"
import type { Settings, TelemetryError } from "./settings.js"
import { annotate, spansOn, withAgentSpans } from "./spans.js"

const scopeName = "life-agent-os"

// Collects metrics only on request.
class PullReader extends MetricReader {
  protected override onForceFlush = () => Promise.resolve()
  protected override onShutdown = () => Promise.resolve()
}

interface Pipeline {
  readonly processor: SpanProcessor
  /** Absent when metrics are not exported. */
  readonly reader: MetricReader | undefined
}

const pipelineOf = Effect.fnUntraced(function* (
  settings: Settings,
  resource: Resource,
  standings: Standings
): Effect.fn.Return<Pipeline, TelemetryError> {
  const { exporter } = settings
  const warn = Runtime.runFork(yield* Effect.runtime<never>())
  const watch = warningOnce((problem) => void warn(Effect.logWarning(`${problem}. Agents go on; this is said once.`)))
  if (exporter === "console" || "console" in Object(exporter)) {
    const print = typeof exporter === "object" && "console" in exporter ? exporter.console : printToStderr
    return { processor: immediately((span) => print(spanLine(finishedSpan(span)))), reader: undefined }
  }
  if (typeof exporter === "object" && "file" in exporter) {
    const file = yield* fileExporter(exporter.file)
    watch(file, `spans are lost, because ${exporter.file} cannot be written`)
    return { processor: inBatches(file), reader: undefined }
  }
  const metricProducers = [
    new StandingsProducer(standings, resource, yield* Effect.clock),
    yield* effectProducer(resource)
  ]
  const cardinalitySelector = () => Limits.metricSeriesMax
  if (exporter instanceof Memory) {
    exporter.reader = new PullReader({ metricProducers, cardinalitySelector })
    return { processor: immediately((span) => exporter.ended.push(span)), reader: exporter.reader }
  }
  const [{ OTLPTraceExporter }, { OTLPMetricExporter }] = yield* Effect.promise(() =>
    Promise.all([
      import("@opentelemetry/exporter-trace-otlp-http"),
      import("@opentelemetry/exporter-metrics-otlp-http")
    ])
  )
  const optionsOf = ({ headers, url }: Settings["traces"]) => ({
    url,
    headers: { ...headers },
    timeoutMillis: Limits.exportMsMax
  })
  const reach = (url: string) =>
    `telemetry does not reach ${url}; see that a collector listens there, or set OTEL_EXPORTER_OTLP_ENDPOINT`
  const traceExporter = new OTLPTraceExporter(optionsOf(settings.traces))
  const exporterOfMetrics = new OTLPMetricExporter(optionsOf(settings.metrics))
  watch(traceExporter, reach(settings.traces.url))
  watch(exporterOfMetrics, reach(settings.metrics.url))
  return {
    processor: inBatches(traceExporter),
    reader: new PeriodicExportingMetricReader({
      exporter: exporterOfMetrics,
      exportIntervalMillis: Limits.metricIntervalMs,
      exportTimeoutMillis: Limits.exportMsMax,
      cardinalityLimits: { default: Limits.metricSeriesMax },
      metricProducers
    })
  }
})

const printToStderr = (line: string): void => void process.stderr.write(`${line}\n`)

const samplerOf = ({ parentBased, ratio }: Settings): Sampler => {
  const root = new TraceIdRatioBasedSampler(ratio)
  return parentBased ? new ParentBasedSampler({ root }) : root
}

// Code that uses OpenTelemetry by itself, such as the SDKs of model providers, finds its provider globally. A global
// that the program has set before stays.
const offerGlobally = (provider: NodeTracerProvider): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const undo: Array<() => void> = []
      if (trace.setGlobalTracerProvider(provider)) undo.push(() => trace.disable())
      const contexts = new AsyncLocalStorageContextManager()
      if (context.setGlobalContextManager(contexts.enable())) undo.push(() => context.disable())
      if (propagation.setGlobalPropagator(new W3CTraceContextPropagator())) undo.push(() => propagation.disable())
      return undo
    }),
    (undo) => Effect.sync(() => undo.forEach((step) => step()))
  )

// The real clock is used: under a virtual clock the wait for a collector would never time out.
const bounded = (flush: () => Promise<unknown>): Effect.Effect<void> =>
  Effect.tryPromise(flush).pipe(
    Effect.interruptible,
    Effect.timeoutOption(Limits.exportFlushMsMax),
    Effect.withClock(Clock.make()),
    // The exporter has already warned of the failure.
    Effect.ignore
  )

/**
 * Sets the SDK up. When the scope closes, the SDK is flushed, within `Limits.exportFlushMsMax`, and shut down.
 */
export const start = Effect.fnUntraced(function* (
  settings: Settings
): Effect.fn.Return<Instruments, TelemetryError, Scope.Scope> {
  const resource = defaultResource().merge(resourceFromAttributes(settings.resource))
  const standings = new Standings()
  const { processor, reader } = yield* pipelineOf(settings, resource, standings)
  const [ids, sampler] = [new RandomIdGenerator(), samplerOf(settings)]
  const provider = new NodeTracerProvider({ resource, sampler, idGenerator: ids, spanProcessors: [processor] })
  const meters = new MeterProvider({ resource, readers: reader === undefined ? [] : [reader] })
  yield* Effect.addFinalizer(() =>
    bounded(() => Promise.allSettled([provider.shutdown(), meters.shutdown()])).pipe(
      Effect.map(() => {
        if (settings.exporter instanceof Memory) settings.exporter.reader = undefined
      })
    )
  )
  yield* offerGlobally(provider)
  const otel = provider.getTracer(scopeName)
  return {
    tracer: withAgentSpans(yield* Effect.provideService(EffectTracer.make, EffectTracer.OtelTracer, otel)),
    span: spansOn({ ids, sampler, processor, resource, instrumentationScope: { name: scopeName } }),
    annotate,
    meter: makeMeter(meters.getMeter(scopeName), standings),
    captureContent: settings.captureContent
  }
})
