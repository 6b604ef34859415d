/**
 * Models behind the Chat Completions API: OpenAI's own, and those of other servers that speak it, such as Ollama, vLLM
 * and gateways.
 *
 * @since 0.1.0
 */
import { Effect, Layer, type Redacted } from "effect"
import { Model, type ModelError } from "../aios/index.js"
import { boundedFetch } from "./boundedFetch.js"
import { modelError, type ProviderNames } from "./errors.js"
import { attempt, type Exchange } from "./exchange.js"
import { bodyOf } from "./openai/request.js"
import { protocol } from "./openai/stream.js"
import { retrying } from "./retry.js"
import { addressOf, fromEnvironment, requireKey, secretOf } from "./settings.js"
import { callIds } from "./toolInput.js"

/**
 * Settings of a model behind the Chat Completions API.
 *
 * @since 0.1.0
 * @category models
 */
export interface OpenAiOptions {
  /** The name of the model, as the server knows it. */
  readonly model: string
  /** Key for the `authorization` header. @default none: the header is not sent */
  readonly apiKey?: Redacted.Redacted
  /** Address of the server. @default "https://api.openai.com/v1" */
  readonly baseUrl?: string
  /** Tokens of one answer, its thinking included. @default none: the server has its own limit */
  readonly maxOutputTokens?: number
  /** Time from sending a request to the end of its answer, in milliseconds. @default 600_000 */
  readonly requestTimeoutMs?: number
  /** Tokens a request may hold. @default 128_000 */
  readonly contextWindowTokens?: number
  /**
   * Name of the provider. A server that is not OpenAI's should have a name of its own: prices are looked up under this
   * name, and a provider other than `openai` gets the limit of an answer as `max_tokens`, the field that other servers
   * know.
   *
   * @default "openai"
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

// Window that Ollama itself assumes on most machines. Ollama silently cuts off the beginning of a longer request.
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
 * Failed attempts are repeated as those of {@link AnthropicModel.layer} are. Interruption closes the connection.
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
 * A model as the environment describes it: `OPENAI_API_KEY`, and optionally `OPENAI_BASE_URL`, `OPENAI_MODEL` (default:
 * `gpt-5.2`; `options.model` overrides it), `OPENAI_MAX_TOKENS` and `OPENAI_CONTEXT_LENGTH`.
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
 * A model of Ollama, at `OLLAMA_BASE_URL` (default: `http://localhost:11434/v1`). It needs no key; `OLLAMA_API_KEY` is
 * sent if it is set. `OLLAMA_MODEL` names the model (default: `llama3.2`; `options.model` overrides it).
 * `OLLAMA_CONTEXT_LENGTH`, which Ollama reads too, is the number of tokens that the model looks at (default: 4 096).
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

// The SDK is an optional peer, so a bundler must find its import in a `try`. It takes long to load, so a command that
// needs no such model does not load it.
const loadSdk = async () => {
  try {
    return await import("openai")
  } catch {
    return undefined
  }
}

const make = Effect.fnUntraced(function* (settings: OpenAiOptions & typeof defaults) {
  const { baseUrl, contextWindowTokens, maxOutputTokens, model, provider, requestTimeoutMs } = settings
  const names = namesOf(provider)
  const secret = settings.apiKey === undefined ? undefined : yield* secretOf(names, settings.apiKey)
  const { host, ...server } = yield* addressOf(names, baseUrl)
  const sdk = yield* Effect.promise(loadSdk)
  if (sdk === undefined) {
    return yield* modelError(names, "InvalidRequest", "The package openai is not installed; run `npm install openai@6`")
  }
  const client = new sdk.OpenAI({
    // The SDK insists on a key; without one, the header is removed again.
    apiKey: secret ?? "none",
    ...(secret === undefined ? { defaultHeaders: { authorization: null } } : {}),
    // The SDK would read an account at OpenAI from the environment, and other servers must not get its names.
    adminAPIKey: null,
    ...(provider === "openai" ? {} : { organization: null, project: null }),
    baseURL: baseUrl,
    fetch: boundedFetch,
    maxRetries: 0,
    timeout: requestTimeoutMs,
    // The log of the SDK would hold answers of the model, and keys in headers.
    logLevel: "off"
  })
  const exchange: Exchange<ReturnType<typeof protocol.empty>> = {
    names,
    ids: yield* callIds,
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
