/**
 * Metrics that are not recorded but read when they are collected: the gauges of sessions, and the metrics of Effect,
 * which the journal uses and an embedder may use.
 *
 * @since 0.1.0
 */
import * as EffectMetrics from "@effect/opentelemetry/Metrics"
import * as EffectResource from "@effect/opentelemetry/Resource"
import { type HrTime, ValueType } from "@opentelemetry/api"
import { millisToHrTime } from "@opentelemetry/core"
import type { Resource } from "@opentelemetry/resources"
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type GaugeMetricData,
  type MetricData,
  type MetricProducer
} from "@opentelemetry/sdk-metrics"
import { type Clock, Effect } from "effect"
import type { Standings } from "./meter.js"

/**
 * Gauges of sessions. They do not use the gauges of the SDK, which keep every session there ever was.
 */
export class StandingsProducer implements MetricProducer {
  constructor(
    private readonly standings: Standings,
    private readonly resource: Resource,
    private readonly clock: Clock.Clock
  ) {}

  collect(): Promise<CollectionResult> {
    const time: HrTime = millisToHrTime(this.clock.unsafeCurrentTimeMillis())
    const byName = new Map<string, GaugeMetricData & { readonly dataPoints: Array<object> }>()
    for (const [{ description, name, unit }, value, attributes] of this.standings.points()) {
      let metric = byName.get(name)
      if (metric === undefined) {
        metric = {
          dataPointType: DataPointType.GAUGE,
          descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
          aggregationTemporality: AggregationTemporality.CUMULATIVE,
          dataPoints: []
        }
        byName.set(name, metric)
      }
      metric.dataPoints.push({ startTime: time, endTime: time, attributes, value })
    }
    const scopeMetrics = byName.size === 0 ? [] : [{ scope: { name: "life-agent-os" }, metrics: [...byName.values()] }]
    return Promise.resolve({ resourceMetrics: { resource: this.resource, scopeMetrics }, errors: [] })
  }
}

/**
 * Produces the metrics of Effect, without points that are not finite numbers.
 */
export const effectProducer = (resource: Resource): Effect.Effect<MetricProducer> =>
  Effect.map(
    Effect.provideService(EffectMetrics.makeProducer, EffectResource.Resource, resource),
    (producer): MetricProducer => ({
      collect: async (options) => {
        const { errors, resourceMetrics } = await producer.collect(options)
        const scopeMetrics = resourceMetrics.scopeMetrics
          .map((scoped) => ({ ...scoped, metrics: scoped.metrics.flatMap(finite) }))
          .filter(({ metrics }) => metrics.length > 0)
        return { errors, resourceMetrics: { ...resourceMetrics, scopeMetrics } }
      }
    })
  )

const finite = (metric: MetricData): ReadonlyArray<MetricData> => {
  const dataPoints = metric.dataPoints.filter(({ value }) =>
    typeof value === "number" ? Number.isFinite(value) : Number.isFinite(value.sum ?? 0)
  )
  return dataPoints.length === 0 ? [] : [{ ...metric, dataPoints } as MetricData] // fewer points of the same metric
}
