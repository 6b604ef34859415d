/**
 * Models behind the Chat Completions API: OpenAI's own, and those of every server that speaks it too, such as Ollama,
 * vLLM and gateways.
 *
 * @since 0.1.0
 */
import { Effect, Layer, type Redacted } from "effect"
import { Model, type ModelError } from "../aios/index.js"
import { modelError, type ProviderNames } from "./errors.js"
import { attempt, type Exchange } from "./exchange.js"
import { bodyOf } from "./openai/request.js"
import { protocol } from "./openai/stream.js"
import { retrying } from "./retry.js"
import { addressOf, fromEnvironment, requireKey, secretOf } from "./settings.js"

/**
 * What can be chosen about the model.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiOptions {
  /** The name of the model, as the server knows it. */
  readonly model: string
  /** No `authorization` is sent unless it is given. */
  readonly apiKey?: Redacted.Redacted
  /** `https://api.openai.com/v1` unless it is given. */
  readonly baseUrl?: string
  /** Tokens of one answer, its thinking included; what the server allows unless it is given. */
  readonly maxOutputTokens?: number
  /** From sending a request to the end of its answer, in milliseconds; 10 minutes unless it is given. */
  readonly requestTimeoutMs?: number
  /** Tokens a request may hold; 128 000 unless it is given. */
  readonly contextWindowTokens?: number
  /**
   * How the provider is called; `openai` unless it is given. A server that is not OpenAI's should have a name of its own:
   * prices are looked up under it, and it is asked for a limit of the answer by the name that all but OpenAI know.
   */
  readonly provider?: string
}

const defaults = {
  model: "gpt-5.2",
  baseUrl: "https://api.openai.com/v1",
  requestTimeoutMs: 600_000,
  contextWindowTokens: 128_000,
  provider: "openai"
}

// What Ollama itself assumes on most machines. It cuts off what a longer request begins with, and says nothing.
const ollama = {
  model: "llama3.2",
  baseUrl: "http://localhost:11434/v1",
  contextWindowTokens: 4_096,
  provider: "ollama"
}

const namesOf = (provider: string): ProviderNames => ({
  provider,
  api: "Chat Completions API",
  variables: provider === "ollama" ? "OLLAMA" : "OPENAI"
})

/**
 * A model behind the Chat Completions API. Fails with `Authentication` when `apiKey` cannot be a key and with
 * `InvalidRequest` when `baseUrl` is no URL or holds a password.
 *
 * Attempts that fail are made again as those of {@link AnthropicModel.layer} are. Interruption closes the connection.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { OpenAiModel } from "life-agent-os"
 *
 * const model = OpenAiModel.layer({
 *   provider: "vllm",
 *   baseUrl: "http://localhost:8000/v1",
 *   model: "Qwen/Qwen3-32B",
 *   contextWindowTokens: 32_768
 * })
 * ```
 */
export const layer = (options: OpenAiOptions): Layer.Layer<Model, ModelError> =>
  Layer.effect(Model, make({ ...defaults, ...options }))

/**
 * A model as the environment describes it: `OPENAI_API_KEY`, and optionally `OPENAI_BASE_URL`, `OPENAI_MODEL` (which
 * `options.model` overrides; `gpt-5.2` otherwise), `OPENAI_MAX_TOKENS` and `OPENAI_CONTEXT_LENGTH`.
 *
 * Fails with `Authentication` when the key is missing and with `InvalidRequest` when another variable is malformed.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFromEnv = (options: { readonly model?: string } = {}): Layer.Layer<Model, ModelError> =>
  Layer.effect(
    Model,
    fromEnvironment(namesOf("openai")).pipe(
      Effect.flatMap((environment) => requireKey(namesOf("openai"), environment)),
      Effect.flatMap((environment) => make({ ...defaults, ...environment, ...options }))
    )
  )

/**
 * A model of Ollama, on this machine unless `OLLAMA_BASE_URL` says otherwise. It needs no key; `OLLAMA_API_KEY` is sent
 * where it is set. `OLLAMA_MODEL` names the model (`options.model` overrides it; `llama3.2` otherwise), and
 * `OLLAMA_CONTEXT_LENGTH`, which Ollama reads too, says how many tokens it looks at: 4 096 unless it is set.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOllama = (options: { readonly model?: string } = {}): Layer.Layer<Model, ModelError> =>
  Layer.effect(
    Model,
    Effect.flatMap(fromEnvironment(namesOf("ollama")), (environment) =>
      make({ ...defaults, ...ollama, ...environment, ...options })
    )
  )

const make = Effect.fnUntraced(function* (settings: OpenAiOptions & typeof defaults) {
  const { baseUrl, contextWindowTokens, maxOutputTokens, model, provider, requestTimeoutMs } = settings
  const names = namesOf(provider)
  const secret = settings.apiKey === undefined ? undefined : yield* secretOf(names, settings.apiKey)
  const { host, ...server } = yield* addressOf(names, baseUrl)
  // The SDK takes long to load, which a command that needs no such model should not pay for.
  const sdk = yield* Effect.tryPromise({
    try: () => import("openai"),
    catch: () => modelError(names, "InvalidRequest", "The package openai is not installed; run `npm install openai`")
  })
  const client = new sdk.OpenAI({
    // It insists on a key, which is then taken out of the headers.
    apiKey: secret ?? "none",
    ...(secret === undefined ? { defaultHeaders: { authorization: null } } : {}),
    // From the environment it would take the names of an account at OpenAI, which are nobody else's business.
    adminAPIKey: null,
    ...(provider === "openai" ? {} : { organization: null, project: null }),
    baseURL: baseUrl,
    maxRetries: 0,
    timeout: requestTimeoutMs,
    // Its log would hold what the model said, and keys in headers.
    logLevel: "off"
  })
  const exchange: Exchange<ReturnType<typeof protocol.empty>> = {
    names,
    sdk,
    host,
    secret,
    requestTimeoutMs,
    protocol: { ...protocol, empty: () => protocol.empty(provider, model) }
  }

  return Model.of({
    provider,
    model,
    contextWindowTokens,
    maxOutputTokens,
    server,
    generate: (request, onDelta) =>
      Effect.suspend(() => {
        const body = bodyOf(request, { provider, model, maxOutputTokens })
        return retrying(
          attempt(exchange, (options) => client.chat.completions.create(body, options).withResponse(), onDelta)
        )
      })
  })
})
