/**
 * The meter on OpenTelemetry's API. Gauges are read when they are collected, from the sessions that were observed last.
 *
 * @since 0.1.0
 */
import type { Attributes, Counter, Gauge, Histogram, Meter as OtelMeter } from "@opentelemetry/api"
import {
  attributes,
  type BudgetState,
  Limits,
  type Meter,
  type MetricDefinition,
  type MetricKey,
  metrics,
  type Standing
} from "../../aios/index.js"

type Instrument = Pick<Counter, "add"> | Pick<Histogram | Gauge, "record">

/**
 * The sessions that gauges show. Their number is limited, so that a million agents do not make a million series.
 */
export class Standings {
  private readonly sessions = new Map<string, Standing>()

  set(sessionId: string, standing: Standing): void {
    const { sessions } = this
    sessions.delete(sessionId)
    sessions.set(sessionId, standing)
    if (sessions.size <= Limits.gaugeSessionsMax) return
    for (const oldest of sessions.keys()) {
      sessions.delete(oldest)
      return
    }
  }

  /** Gives one value per session for each gauge. */
  points(): ReadonlyArray<readonly [metric: MetricDefinition, value: number, attributes: Attributes]> {
    return [...this.sessions].flatMap(([sessionId, standing]) => {
      const labels = { [attributes.conversation]: sessionId, [attributes.agentName]: standing.name }
      return gauges.map(([metric, valueOf]) => [metric, valueOf(standing), labels] as const)
    })
  }
}

const ofBudget =
  (valueOf: (budget: BudgetState) => number) =>
  ({ budget }: Standing) =>
    valueOf(budget)

const gauges: ReadonlyArray<readonly [metric: MetricDefinition, valueOf: (standing: Standing) => number]> = [
  [metrics.mailboxDepth, ({ unperceived }) => unperceived],
  [metrics.budgetTokens, ofBudget(({ tokensRemaining }) => tokensRemaining)],
  [metrics.budgetCost, ofBudget(({ costRemainingUsd }) => costRemainingUsd)],
  [metrics.budgetTime, ofBudget(({ timeRemainingMs }) => timeRemainingMs / 1_000)],
  [metrics.budgetToolCalls, ofBudget(({ toolCallsRemaining }) => toolCallsRemaining)],
  [metrics.budgetTicks, ofBudget(({ ticksRemaining }) => ticksRemaining)],
  [metrics.budgetErrors, ofBudget(({ errorBudgetRemaining }) => errorBudgetRemaining)]
]

/**
 * A meter that records on instruments of a provider. Gauges go to `standings`.
 */
export const makeMeter = (otel: OtelMeter, standings: Standings): Meter => {
  const instruments = new Map<MetricKey, Instrument>()
  const make = (metric: MetricKey): Instrument => {
    const { name, ...definition }: MetricDefinition = metrics[metric]
    switch (definition.kind) {
      case "counter":
        return otel.createCounter(name, definition)
      case "gauge":
        return otel.createGauge(name, definition)
      case "histogram":
        return otel.createHistogram(name, {
          ...definition,
          advice: { explicitBucketBoundaries: [...definition.buckets] }
        })
    }
  }
  return {
    record: (metric, value, labels) => {
      // One bad number would spoil a sum for ever.
      if (!Number.isFinite(value)) return
      let instrument = instruments.get(metric)
      if (instrument === undefined) instruments.set(metric, (instrument = make(metric)))
      if ("add" in instrument) instrument.add(value, labels)
      else instrument.record(value, labels)
    },
    observe: (sessionId, standing) => standings.set(sessionId, standing)
  }
}

/**
 * Shows standings through observable gauges, for a provider that takes no metric producers.
 */
export const showStandings = (otel: OtelMeter, standings: Standings): void => {
  const shown = new Map(
    gauges.map(([{ description, name, unit }]) => [name, otel.createObservableGauge(name, { description, unit })])
  )
  otel.addBatchObservableCallback(
    (result) => {
      for (const [{ name }, value, labels] of standings.points()) {
        const gauge = shown.get(name)
        if (gauge !== undefined) result.observe(gauge, value, labels)
      }
    },
    [...shown.values()]
  )
}
