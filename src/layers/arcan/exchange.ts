/**
 * One attempt of a model call over an SDK: from the request to the end of the streamed answer. All providers share it;
 * each has its own {@link Protocol}.
 *
 * @since 0.1.0
 */
import { Clock, Data, Duration, Effect, Either, type Tracer } from "effect"
import { type Ids, isTraceContext, type ModelDelta, type ModelError, type ModelTurn } from "../aios/index.js"
import { type AnswerSize, excessOf, flawOf } from "./answerBounds.js"
import { type CallContext, modelError, toModelError } from "./errors.js"

/** A turn while it streams in. */
export interface Draft extends AnswerSize {
  /** The first part of the answer has arrived. */
  readonly started: boolean
  /** The answer is whole, but figures that belong to it may still arrive. */
  readonly whole: boolean
  /** The reader waits for no more events. */
  readonly complete: boolean
}

/** Translation of a provider's events into a turn. */
export interface Protocol<D extends Draft> {
  readonly empty: () => D
  /** Adds one event to the draft and gives its part of the answer. The left side says what is wrong with the event. */
  readonly accept: (draft: D, event: unknown) => Either.Either<ReadonlyArray<ModelDelta>, string>
  /** Makes the turn. The calls get ids from `newId`: those of the provider may be of any length, and may be repeated. */
  readonly turnOf: (draft: D, newId: () => string) => ModelTurn
}

/** Options of an SDK call beside the body of the request. */
export interface SendOptions {
  readonly signal: AbortSignal
  readonly headers: { readonly traceparent?: string }
}

/** Response of an SDK. */
export interface SdkResponse {
  readonly data: AsyncIterable<unknown>
  readonly response: { readonly headers: Headers }
}

/** A provider that is set up. */
export interface Exchange<D extends Draft> extends Omit<CallContext, "nowMs"> {
  readonly protocol: Protocol<D>
  readonly ids: typeof Ids.Service
  readonly requestTimeoutMs: number
}

/**
 * Makes one attempt. `send` begins the request; the attempt reads the answer to its end and passes each piece to
 * `onDelta`. Interruption and the time limit close the connection.
 */
export const attempt = <D extends Draft>(
  exchange: Exchange<D>,
  send: (options: SendOptions) => Promise<SdkResponse>,
  onDelta: (delta: ModelDelta) => void
): Effect.Effect<ModelTurn, ModelError> =>
  Effect.acquireUseRelease(
    Effect.sync(() => new AbortController()),
    ({ signal }) =>
      Effect.flatMap(open(exchange, send, signal), (iterator) =>
        Effect.ensuring(
          receive(exchange, iterator, onDelta),
          Effect.sync(() => letGo(iterator))
        )
      ),
    (controller) => Effect.sync(() => controller.abort())
  ).pipe(
    Effect.timeoutFail({
      duration: Duration.millis(exchange.requestTimeoutMs),
      onTimeout: () => {
        const { host, names, requestTimeoutMs } = exchange
        return modelError(names, "Unavailable", `${host} did not finish its answer within ${requestTimeoutMs} ms`)
      }
    })
  )

// Carries the error of the SDK until it is mapped, because the mapping needs the time of the clock.
class Thrown extends Data.TaggedError("Thrown")<{ readonly cause: unknown }> {}

const awaiting = <A>(context: Omit<CallContext, "nowMs">, promise: () => Promise<A>): Effect.Effect<A, ModelError> =>
  Effect.tryPromise({ try: promise, catch: (cause) => new Thrown({ cause }) }).pipe(
    Effect.catchTag("Thrown", ({ cause }) =>
      Effect.flatMap(Clock.currentTimeMillis, (nowMs) => toModelError(cause, { ...context, nowMs }))
    )
  )

const open = <D extends Draft>(
  exchange: Exchange<D>,
  send: (options: SendOptions) => Promise<SdkResponse>,
  signal: AbortSignal
) =>
  Effect.flatMap(traceparent, (headers) => awaiting(exchange, () => send({ signal, headers }))).pipe(
    Effect.filterOrFail(
      ({ response }) => /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? ""),
      ({ response }) => {
        const type = response.headers.get("content-type") ?? "no content type"
        const what = `${exchange.host} answered with ${type} instead of an event stream`
        return modelError(exchange.names, "MalformedResponse", what)
      }
    ),
    Effect.map(({ data }): AsyncIterator<unknown> => data[Symbol.asyncIterator]())
  )

const receive = Effect.fnUntraced(function* <D extends Draft>(
  exchange: Exchange<D>,
  iterator: AsyncIterator<unknown>,
  onDelta: (delta: ModelDelta) => void
) {
  const { host, ids, names, protocol, secret } = exchange
  const draft = protocol.empty()
  let events = 0
  while (!draft.complete) {
    const next = yield* awaiting(exchange, () => iterator.next())
    if (next.done === true) {
      if (draft.whole) break
      const when = draft.started ? "the answer was complete" : "the answer began"
      return yield* modelError(names, "StreamCut", `The connection to ${host} ended before ${when}`)
    }
    const accepted = protocol.accept(draft, next.value)
    if (Either.isLeft(accepted)) {
      const what = `${host} sent an event that does not fit: ${accepted.left}`
      return yield* modelError(names, "MalformedResponse", what, { secret })
    }
    const excess = excessOf(draft, ++events)
    if (excess !== undefined) {
      return yield* modelError(names, "MalformedResponse", `${host} answered with more than ${excess}, and was cut off`)
    }
    for (const delta of accepted.right) if (delta.text !== "") onDelta(delta)
  }
  const now = yield* Clock.currentTimeMillis
  const turn = protocol.turnOf(draft, () => ids.ulidAt(now))
  const flaw = flawOf(turn)
  return flaw === undefined
    ? turn
    : yield* modelError(names, "MalformedResponse", `${host} sent an answer that does not fit: ${flaw}`, { secret })
})

// With a tracer of OpenTelemetry, an SDK may make its own span and send the context of that span instead.
const traceparent = Effect.withFiberRuntime<{ readonly traceparent?: string }>(({ currentSpan }) =>
  Effect.succeed(
    currentSpan === undefined || !isTraceContext(currentSpan) ? {} : { traceparent: traceparentOf(currentSpan) }
  )
)

// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparentOf = ({ sampled, spanId, traceId }: Tracer.AnySpan): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`

// The SDK ends its span when the iterator is closed. The rest of the answer, and an error in it, are ignored.
const letGo = (iterator: AsyncIterator<unknown>): void => {
  iterator.return?.().then(undefined, () => {})
}
