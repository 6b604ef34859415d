/**
 * Instruments that keep nothing.
 *
 * A traced agent takes some more steps than an untraced one. Where the scheduler pauses fibers after a number of steps,
 * these steps change the order of events. So every simulated agent is traced, and these instruments discard the traces.
 *
 * @since 0.1.0
 */
import { Context, Option, Tracer } from "effect"
import type { Instruments } from "../layers/aios/index.js"

const spanOf = (
  name: string,
  startTime: bigint,
  kind: Tracer.SpanKind,
  parent: Option.Option<Tracer.AnySpan>
): Tracer.Span => ({
  _tag: "Span",
  name,
  spanId: "0000000000000000",
  traceId: "00000000000000000000000000000000",
  parent,
  context: Context.empty(),
  status: { _tag: "Started", startTime },
  attributes: new Map(),
  links: [],
  sampled: false,
  kind,
  end: () => {},
  attribute: () => {},
  event: () => {},
  addLinks: () => {}
})

/** Makes spans and keeps none. */
export const quietInstruments: Instruments = {
  tracer: Tracer.make({
    span: (name, parent, _context, _links, startTime, kind) => spanOf(name, startTime, kind, parent),
    context: (step) => step()
  }),
  span: ({ kind, name, parent, startTime }) => spanOf(name, startTime, kind, Option.fromNullable(parent)),
  annotate: () => {},
  meter: { record: () => {}, observe: () => {} },
  captureContent: false
}
