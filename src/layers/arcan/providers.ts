/**
 * The providers by their names, and models by `provider:model`.
 *
 * @since 0.1.0
 */
import { Either, type Layer } from "effect"
import { type Model, ModelError } from "../aios/index.js"
import * as AnthropicModel from "./AnthropicModel.js"
import * as OpenAiModel from "./OpenAiModel.js"
import * as ScoutModel from "./ScoutModel.js"

/**
 * The names of the providers.
 *
 * @since 0.1.0
 * @category models
 */
export const providers = ["scout", "anthropic", "openai", "ollama"] as const

/**
 * One of {@link providers}.
 *
 * @since 0.1.0
 * @category models
 */
export type Provider = (typeof providers)[number]

/**
 * The environment variable that a provider requires.
 *
 * @since 0.1.0
 * @category models
 */
export const keyVariable: { readonly [P in Provider]?: string } = {
  anthropic: "ANTHROPIC_API_KEY",
  openai: "OPENAI_API_KEY"
}

/**
 * Settings of a model by name.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamedModelOptions {
  /** The model's name; scout has only one. @default the default of the provider */
  readonly model?: string
  /** File of scout's report. @default "life-report.md" */
  readonly reportPath?: string
}

/**
 * A model of a provider, as the environment describes it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerOf = (
  provider: Provider,
  { model, reportPath }: NamedModelOptions = {}
): Layer.Layer<Model, ModelError> => {
  const named = model === undefined ? {} : { model }
  switch (provider) {
    case "scout":
      return ScoutModel.layer(reportPath === undefined ? {} : { reportPath })
    case "anthropic":
      return AnthropicModel.layerFromEnv(named)
    case "openai":
      return OpenAiModel.layerFromEnv(named)
    case "ollama":
      return OpenAiModel.layerOllama(named)
  }
}

/**
 * The parts of a model's name.
 *
 * @since 0.1.0
 * @category models
 */
export interface ModelSpec {
  readonly provider: Provider
  /** Name of the model. @default the default of the provider */
  readonly model?: string
}

/**
 * Reads `provider` or `provider:model`, as in `anthropic:claude-opus-5-5`. The text behind the first colon is the
 * model. Fails with `InvalidRequest` when the text is neither.
 *
 * @since 0.1.0
 * @category parsing
 */
export const parseSpec = (spec: string): Either.Either<ModelSpec, ModelError> => {
  const colon = spec.indexOf(":")
  const name = colon < 0 ? spec : spec.slice(0, colon)
  const model = colon < 0 ? undefined : spec.slice(colon + 1)
  const provider = providers.find((known) => known === name)
  if (provider === undefined || model === "" || (provider === "scout" && model !== undefined)) {
    const message =
      `${JSON.stringify(spec)} names no model: write a provider (${providers.join(", ")}), and behind a colon one of its ` +
      "models where it has several, as in anthropic:claude-opus-5-5."
    return Either.left(new ModelError({ provider: "router", reason: "InvalidRequest", retryable: false, message }))
  }
  return Either.right(model === undefined ? { provider } : { provider, model })
}
