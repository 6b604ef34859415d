/**
 * Claude models through the Messages API.
 *
 * @since 0.1.0
 */
import type { MessageCreateParamsStreaming } from "@anthropic-ai/sdk/resources/messages"
import { Effect, Layer, type Redacted } from "effect"
import { Model, type ModelError, type ModelRequest } from "../aios/index.js"
import { bodyOf } from "./anthropic/request.js"
import { protocol } from "./anthropic/stream.js"
import { boundedFetch } from "./boundedFetch.js"
import { modelError, type ProviderNames } from "./errors.js"
import { attempt, type Exchange } from "./exchange.js"
import { retrying } from "./retry.js"
import { addressOf, fromEnvironment, requireKey, secretOf } from "./settings.js"
import { callIds } from "./toolInput.js"

/**
 * Settings of a Claude model.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnthropicOptions {
  readonly apiKey: Redacted.Redacted
  /** Name of the model. @default "claude-sonnet-5-5" */
  readonly model?: string
  /** Address of the server. @default "https://api.anthropic.com" */
  readonly baseUrl?: string
  /** Tokens of one answer, its thinking included. @default 16_384 */
  readonly maxOutputTokens?: number
  /** Time from sending a request to the end of its answer, in milliseconds. @default 600_000 */
  readonly requestTimeoutMs?: number
  /** Tokens a request may hold. @default 200_000 */
  readonly contextWindowTokens?: number
}

const defaults = {
  model: "claude-sonnet-5-5",
  baseUrl: "https://api.anthropic.com",
  maxOutputTokens: 16_384,
  requestTimeoutMs: 600_000,
  contextWindowTokens: 200_000
}

const names: ProviderNames = { provider: "anthropic", api: "Messages API", variables: "ANTHROPIC" }

/**
 * A Claude model. Fails with `Authentication` when `apiKey` cannot be a key and with `InvalidRequest` when `baseUrl` is
 * no URL or holds a password.
 *
 * A call makes at most `Limits.modelAttemptsMax` attempts, with exponential, jittered delays on Effect's Clock that
 * respect `retry-after`. A provider that asks to wait longer than `Limits.modelRetryDelayMsMax` fails the call at once.
 * An attempt that breaks off in the middle of its answer is repeated as a whole, so `onDelta` may receive the beginning
 * of an answer more than once; the turn holds the text of the last attempt only. Interruption closes the connection.
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
 * `ANTHROPIC_MODEL` (which `options.model` overrides), `ANTHROPIC_MAX_TOKENS` and `ANTHROPIC_CONTEXT_LENGTH`.
 *
 * Fails with `Authentication` when the key is missing and with `InvalidRequest` when another variable is malformed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (options: { readonly model?: string } = {}): Layer.Layer<Model, ModelError> =>
  Layer.effect(
    Model,
    fromEnvironment(names).pipe(
      Effect.flatMap((environment) => requireKey(names, environment)),
      Effect.flatMap((environment) => make({ ...defaults, ...environment, ...options }))
    )
  )

const make = Effect.fnUntraced(function* (settings: Required<AnthropicOptions>) {
  const { baseUrl, contextWindowTokens, maxOutputTokens, model, requestTimeoutMs } = settings
  const secret = yield* secretOf(names, settings.apiKey)
  const { host, ...server } = yield* addressOf(names, baseUrl)
  // The SDK takes long to load, so a command that needs no Claude model does not load it.
  const sdk = yield* Effect.promise(() => import("@anthropic-ai/sdk"))
  const { transformJSONSchema } = yield* Effect.promise(() => import("@anthropic-ai/sdk/lib/transform-json-schema"))
  const client = new sdk.Anthropic({
    apiKey: secret,
    baseURL: baseUrl,
    fetch: boundedFetch,
    maxRetries: 0,
    timeout: requestTimeoutMs,
    // The log of the SDK would hold answers of the model, and keys in headers.
    logLevel: "off",
    // An environment variable can make the SDK put the conversation into its spans, where no redactor masks secrets.
    openTelemetry: { traces: { contentMode: "metadata_only" } }
  })
  const exchange: Exchange<ReturnType<typeof protocol.empty>> = {
    names,
    ids: yield* callIds,
    sdk,
    host,
    secret,
    requestTimeoutMs,
    protocol: { ...protocol, empty: () => protocol.empty(model) }
  }
  const body = (request: ModelRequest): Effect.Effect<MessageCreateParamsStreaming, ModelError> =>
    Effect.try({
      try: () => bodyOf(request, { model, maxOutputTokens, schemaOf: transformJSONSchema }),
      catch: (cause) =>
        modelError(names, "InvalidRequest", `The schema of the answer is not one for this API: ${String(cause)}`)
    })

  return Model.of({
    provider: names.provider,
    model,
    contextWindowTokens,
    maxOutputTokens,
    server,
    generate: (request, onDelta) =>
      Effect.flatMap(body(request), (ready) =>
        retrying(attempt(exchange, (options) => client.messages.create(ready, options).withResponse(), onDelta))
      )
  })
})
