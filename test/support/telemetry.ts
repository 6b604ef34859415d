/**
 * Views of telemetry for tests: spans as a tree, and series of metrics by their meaning.
 */
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Telemetry } from "../../src/layers/vigil/index.js"
import { type World, world } from "./world.js"

type Span = Telemetry.FinishedSpan

/** Uses a world whose agents are traced into a memory. */
export const traced = <A, E, R>(
  options: World,
  use: (memory: Telemetry.Memory) => Effect.Effect<A, E, R>,
  telemetry: Telemetry.Options = {}
) =>
  Effect.suspend(() => {
    const memory = Telemetry.makeMemory()
    return use(memory).pipe(
      Effect.provide(
        world(options).pipe(Layer.provideMerge(Telemetry.layer({ ...telemetry, exporter: memory })), Layer.fresh)
      )
    )
  })

/** The spans with a name, in the order in which they ended. */
export const spansNamed = (spans: ReadonlyArray<Span>, name: string): ReadonlyArray<Span> =>
  spans.filter((span) => span.name === name)

/** The only span with a name. */
export const spanNamed = (spans: ReadonlyArray<Span>, name: string): Span => {
  const found = spansNamed(spans, name)
  assert.strictEqual(found.length, 1, `spans named ${name}`)
  return found[0] ?? assert.fail()
}

/** The children of a span, in the order in which they began. */
export const childrenOf = (spans: ReadonlyArray<Span>, parent: Span): ReadonlyArray<Span> =>
  spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId).toSorted(byStart)

// Spans that began in the same nanosecond of a virtual clock are told apart by their place in the list: children end
// first.
const byStart = (a: Span, b: Span): number => (a.startTime < b.startTime ? -1 : a.startTime > b.startTime ? 1 : 0)

/** A span and those below it, one line each, indented. */
export const outline = (spans: ReadonlyArray<Span>, root: Span, depth = 0): ReadonlyArray<string> => [
  `${"  ".repeat(depth)}${root.name}`,
  ...childrenOf(spans, root).flatMap((child) => outline(spans, child, depth + 1))
]

/** The series of a metric as `attribute values -> value`, sorted. */
export const seriesOf = (
  points: ReadonlyArray<Telemetry.MetricPoint>,
  name: string,
  ...attributes: ReadonlyArray<string>
): ReadonlyArray<string> =>
  points
    .filter((point) => point.name === name)
    .map((point) => `${attributes.map((key) => String(point.attributes[key])).join(" ")} -> ${point.value}`)
    .toSorted()
