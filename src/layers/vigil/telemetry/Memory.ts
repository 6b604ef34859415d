/**
 * Telemetry that is kept in memory, for tests.
 *
 * @since 0.1.0
 */
import type { Attributes } from "@opentelemetry/api"
import type { DataPoint, MetricReader } from "@opentelemetry/sdk-metrics"
import type { ReadableSpan } from "@opentelemetry/sdk-trace-node"
import { Effect } from "effect"
import { type FinishedSpan, finishedSpan } from "./FinishedSpan.js"

/**
 * One series of a metric, from the start of the layer on. `buckets` belongs to histograms: boundaries, and how many
 * values each range between them has.
 *
 * @since 0.1.0
 * @category models
 */
export interface MetricPoint {
  readonly name: string
  readonly unit: string
  readonly attributes: Attributes
  /** The value of a counter or gauge, the sum of a histogram. */
  readonly value: number
  /** The number of values in a histogram. */
  readonly count?: number
  readonly buckets?: { readonly boundaries: ReadonlyArray<number>; readonly counts: ReadonlyArray<number> }
}

/**
 * Keeps the spans and metrics that one layer exports.
 *
 * @since 0.1.0
 * @category models
 */
export class Memory {
  /** @internal */
  readonly ended: Array<ReadableSpan> = []
  /** @internal */
  reader: MetricReader | undefined

  /** The spans that have ended, in the order of their ends. */
  get spans(): ReadonlyArray<FinishedSpan> {
    return this.ended.map(finishedSpan)
  }

  /** Every series of every metric, as it stands now; none once the layer was released. */
  readonly metrics: Effect.Effect<ReadonlyArray<MetricPoint>> = Effect.suspend(() => {
    const { reader } = this
    return reader === undefined ? Effect.succeed([]) : Effect.promise(() => pointsOf(reader))
  })

  /** Forgets the spans. */
  clear(): void {
    this.ended.length = 0
  }
}

/**
 * Makes a memory for one layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeMemory = (): Memory => new Memory()

const pointsOf = async (reader: MetricReader): Promise<ReadonlyArray<MetricPoint>> => {
  const { resourceMetrics } = await reader.collect()
  return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap(({ dataPoints, descriptor: { name, unit } }) =>
      dataPoints.map((point: DataPoint<unknown>) => ({
        name,
        unit,
        attributes: point.attributes,
        ...valueOf(point.value)
      }))
    )
  )
}

const valueOf = (value: unknown): Pick<MetricPoint, "value" | "count" | "buckets"> => {
  if (typeof value === "number") return { value }
  const histogram = value as {
    readonly sum?: number
    readonly count: number
    readonly buckets: { readonly boundaries: ReadonlyArray<number>; readonly counts: ReadonlyArray<number> }
  }
  return { value: histogram.sum ?? 0, count: histogram.count, buckets: histogram.buckets }
}
