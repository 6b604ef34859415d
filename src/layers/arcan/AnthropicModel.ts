/**
 * Claude models through the Messages API.
 *
 * @since 0.1.0
 */
import type { MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/messages"
import { Clock, Config, Data, Duration, Effect, Either, Layer, Option, Redacted, Schedule, type Tracer } from "effect"
import { isTraceContext, Limits, Model, type ModelError, type ModelTurn } from "../aios/index.js"
import { modelError, toModelError } from "./anthropic/errors.js"
import { bodyOf } from "./anthropic/request.js"
import { accept, type Draft, emptyDraft, turnOf } from "./anthropic/stream.js"

/**
 * What can be chosen about the model.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnthropicOptions {
  readonly apiKey: Redacted.Redacted
  /** `claude-sonnet-5-5` unless it is given. */
  readonly model?: string
  /** `https://api.anthropic.com` unless it is given. */
  readonly baseUrl?: string
  /** Tokens of one answer, its thinking included; 16 384 unless it is given. */
  readonly maxOutputTokens?: number
  /** From sending a request to the end of its answer, in milliseconds; 10 minutes unless it is given. */
  readonly requestTimeoutMs?: number
}

const defaults = {
  model: "claude-sonnet-5-5",
  baseUrl: "https://api.anthropic.com",
  maxOutputTokens: 16_384,
  requestTimeoutMs: 600_000
}
const contextWindowTokens = 200_000
const firstRetryDelayMs = 500

type Settings = Required<AnthropicOptions>

/**
 * A Claude model. Fails with `Authentication` when `apiKey` cannot be a key and with `InvalidRequest` when `baseUrl` is
 * no URL or holds a password.
 *
 * A failed attempt is made again at most `Limits.modelAttemptsMax` times in all, with exponential, jittered delays on
 * Effect's Clock that respect `retry-after`; a provider that asks to wait longer than `Limits.modelRetryDelayMsMax`
 * fails the call at once. An attempt that broke off in the middle of its answer is made again as a whole, so `onText`
 * may be given the beginning of an answer more than once; the turn holds the text of the last attempt only.
 * Interruption closes the connection.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { Redacted } from "effect"
 * import { AnthropicModel } from "life-agent-os"
 *
 * const model = AnthropicModel.layer({ apiKey: Redacted.make("sk-ant-…"), model: "claude-opus-5-5" })
 * ```
 */
export const layer = (options: AnthropicOptions): Layer.Layer<Model, ModelError> =>
  Layer.effect(Model, make({ ...defaults, ...options }))

/**
 * A Claude model as the environment describes it: `ANTHROPIC_API_KEY`, and optionally `ANTHROPIC_BASE_URL`,
 * `ANTHROPIC_MODEL` (which `options.model` overrides) and `ANTHROPIC_MAX_TOKENS`.
 *
 * Fails with `Authentication` when the key is missing and with `InvalidRequest` when another variable is malformed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (options: { readonly model?: string } = {}): Layer.Layer<Model, ModelError> =>
  Layer.effect(
    Model,
    Effect.flatMap(fromEnv, (environment) => make({ ...defaults, ...environment, ...options }))
  )

const make = Effect.fnUntraced(function* (settings: Settings) {
  const secret = Redacted.value(settings.apiKey)
  if (!/^[\x21-\x7e]+$/.test(secret)) {
    return yield* modelError("Authentication", "The API key is empty or holds white space or letters that no key has")
  }
  const url = URL.canParse(settings.baseUrl) ? new URL(settings.baseUrl) : undefined
  if (url === undefined || url.username !== "" || url.password !== "") {
    return yield* modelError("InvalidRequest", "ANTHROPIC_BASE_URL is not a URL without user and password")
  }
  const { host } = url
  // The SDK takes long to load, which a command that needs no Claude model should not pay for.
  const sdk = yield* Effect.promise(() => import("@anthropic-ai/sdk"))
  const client = new sdk.Anthropic({
    apiKey: secret,
    baseURL: settings.baseUrl,
    maxRetries: 0,
    timeout: settings.requestTimeoutMs,
    // Its log would hold what the model said, and keys in headers.
    logLevel: "off",
    // Its spans hold what was said where an environment variable asks for it, and nobody would have masked that.
    openTelemetry: { traces: { contentMode: "metadata_only" } }
  })

  const awaiting = <A>(promise: () => Promise<A>): Effect.Effect<A, ModelError> =>
    Effect.tryPromise({ try: promise, catch: (cause) => new Thrown({ cause }) }).pipe(
      Effect.catchTag("Thrown", ({ cause }) =>
        Effect.flatMap(Clock.currentTimeMillis, (nowMs) => toModelError(cause, { sdk, host, secret, nowMs }))
      )
    )

  // With a tracer of OpenTelemetry the SDK has a span of its own and sends the context of that one instead.
  const traceparent = Effect.withFiberRuntime<{ readonly traceparent?: string }>(({ currentSpan }) =>
    Effect.succeed(
      currentSpan === undefined || !isTraceContext(currentSpan) ? {} : { traceparent: traceparentOf(currentSpan) }
    )
  )

  const open = (body: MessageCreateParamsStreaming, signal: AbortSignal) =>
    Effect.flatMap(traceparent, (headers) =>
      awaiting(() => client.messages.create(body, { signal, headers }).withResponse())
    ).pipe(
      Effect.filterOrFail(
        ({ response }) => /^text\/event-stream\b/i.test(response.headers.get("content-type") ?? ""),
        ({ response }) => {
          const type = response.headers.get("content-type") ?? "no content type"
          return modelError("MalformedResponse", `${host} answered with ${type} instead of an event stream`)
        }
      ),
      Effect.map(({ data }): AsyncIterator<unknown> => data[Symbol.asyncIterator]())
    )

  const receive = Effect.fnUntraced(function* (iterator: AsyncIterator<unknown>, onText: (text: string) => void) {
    const draft = emptyDraft(settings.model)
    while (!draft.complete) {
      const next = yield* awaiting(() => iterator.next())
      if (next.done === true) return yield* modelError("StreamCut", cutAt(host, draft))
      const accepted = accept(draft, next.value)
      if (Either.isLeft(accepted)) {
        return yield* modelError("MalformedResponse", `${host} sent an event that does not fit: ${accepted.left}`, {
          secret
        })
      }
      if (accepted.right !== "") onText(accepted.right)
    }
    return turnOf(draft)
  })

  const attempt = (body: MessageCreateParamsStreaming, onText: (text: string) => void) =>
    Effect.acquireUseRelease(
      Effect.sync(() => new AbortController()),
      ({ signal }) =>
        Effect.flatMap(open(body, signal), (iterator) =>
          Effect.ensuring(
            receive(iterator, onText),
            Effect.sync(() => letGo(iterator))
          )
        ),
      (controller) => Effect.sync(() => controller.abort())
    ).pipe(
      Effect.timeoutFail({
        duration: Duration.millis(settings.requestTimeoutMs),
        onTimeout: () =>
          modelError("Unavailable", `${host} did not finish its answer within ${settings.requestTimeoutMs} ms`)
      })
    )

  return Model.of({
    provider: "anthropic",
    model: settings.model,
    contextWindowTokens,
    maxOutputTokens: settings.maxOutputTokens,
    server: { address: url.hostname, port: Number(url.port) || (url.protocol === "http:" ? 80 : 443) },
    generate: (request, onText): Effect.Effect<ModelTurn, ModelError> =>
      Effect.suspend(() => attempt(bodyOf(request, settings), onText)).pipe(
        Effect.retry({ schedule: retries, while: isWorthRetrying })
      )
  })
})

// What the SDK threw, until it is told apart: that takes the time of the clock.
class Thrown extends Data.TaggedError("Thrown")<{ readonly cause: unknown }> {}

// https://www.w3.org/TR/trace-context/#traceparent-header
const traceparentOf = ({ sampled, spanId, traceId }: Tracer.AnySpan): string =>
  `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`

// The SDK ends its span when it knows that nobody reads on. What becomes of the rest of the answer is no matter.
const letGo = (iterator: AsyncIterator<unknown>): void => {
  iterator.return?.().then(undefined, () => {})
}

const cutAt = (host: string, draft: Draft): string =>
  draft.started
    ? `The connection to ${host} ended before the answer was complete`
    : `The connection to ${host} ended before the answer began`

const isWorthRetrying = (error: ModelError): boolean =>
  error.retryable && (error.retryAfterMs ?? 0) <= Limits.modelRetryDelayMsMax

// The identity schedule carries the error to where the delay is chosen.
const retries = Schedule.exponential(Duration.millis(firstRetryDelayMs)).pipe(
  Schedule.jittered,
  Schedule.intersect(Schedule.recurs(Limits.modelAttemptsMax - 1)),
  Schedule.zipRight(Schedule.identity<ModelError>()),
  Schedule.modifyDelay((error, delay) =>
    Duration.clamp(delay, {
      minimum: Duration.millis(error.retryAfterMs ?? 0),
      maximum: Duration.millis(Limits.modelRetryDelayMsMax)
    })
  )
)

const fromEnv = Effect.gen(function* () {
  const apiKey = yield* setting(Config.redacted("ANTHROPIC_API_KEY"))
  if (apiKey === undefined) return yield* modelError("Authentication", "ANTHROPIC_API_KEY is not set")
  const baseUrl = yield* setting(Config.nonEmptyString("ANTHROPIC_BASE_URL"))
  const model = yield* setting(Config.nonEmptyString("ANTHROPIC_MODEL"))
  const maxOutputTokens = yield* setting(positiveInteger("ANTHROPIC_MAX_TOKENS"))
  return {
    apiKey,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(model === undefined ? {} : { model }),
    ...(maxOutputTokens === undefined ? {} : { maxOutputTokens })
  }
}).pipe(
  Effect.catchTag("ConfigError", (error) =>
    Effect.fail(modelError("InvalidRequest", `The environment is not usable: ${String(error)}`))
  )
)

const setting = <A>(config: Config.Config<A>) => Effect.map(Config.option(config), Option.getOrUndefined)

const positiveInteger = (name: string) =>
  Config.integer(name).pipe(
    Config.validate({ message: "it must be a positive integer", validation: (value) => value > 0 })
  )
