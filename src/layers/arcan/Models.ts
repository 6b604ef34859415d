/**
 * The models of a system: one to think with, fallbacks, and more that agents can ask for by name.
 *
 * @since 0.1.0
 */
import { Context, Effect, Either, Layer, Option } from "effect"
import { type Model, ModelError } from "../aios/index.js"
import * as ModelRouter from "./ModelRouter.js"
import * as Providers from "./providers.js"

/**
 * A layer of a model, with the name by which agents ask for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface NamedModel<out E = ModelError, out R = never> extends ModelRouter.RoutedModel<E, R> {
  readonly name: string
}

/**
 * A model in a list, with any errors and requirements.
 *
 * @since 0.1.0
 * @category models
 */
export type AnyModel = string | NamedModel<unknown, unknown>

/**
 * The model to think with: a provider by name, or a layer with any errors and requirements.
 *
 * @since 0.1.0
 * @category models
 */
export type AnyProvider = Providers.Provider | Layer.Layer<Model, unknown, unknown>

/**
 * Settings of the models. A model in a list is a name as `Providers.parseSpec` reads it, or a layer with a name.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<
  P extends AnyProvider = Providers.Provider | Layer.Layer<Model, ModelError>,
  F extends AnyModel = string | NamedModel,
  M extends AnyModel = string | NamedModel
> {
  /**
   * The model to think with: the built-in offline `scout`, `anthropic` (reads `ANTHROPIC_API_KEY`), `openai` (reads
   * `OPENAI_API_KEY`), `ollama`, or a layer of your own. A layer with a `ModelSwitch`, such as `ModelRouter.layer`, is
   * used as it is and brings its own fallbacks.
   *
   * @default "scout"
   */
  readonly provider?: P
  /** The model's name, for a provider by name that has several. @default the default of the provider */
  readonly model?: string
  /**
   * The models to ask when the model to think with does not answer, in this order: `provider:model`, `provider` for its
   * default, or a layer of your own with a name.
   *
   * @default none
   */
  readonly fallback?: ReadonlyArray<F>
  /**
   * More models that agents may ask for by name (`SpawnOptions.model`, `ModelSwitch`), written as those of `fallback`.
   *
   * @default none
   */
  readonly models?: ReadonlyArray<M>
  /** File of scout's report, from the workspace root. @default "life-report.md" */
  readonly reportPath?: string
}

/**
 * The errors of the given layers of models.
 *
 * @since 0.1.0
 * @category models
 */
export type ErrorOf<P extends AnyProvider, F extends AnyModel, M extends AnyModel> =
  | (P extends Layer.Layer<Model, infer E, unknown> ? E : never)
  | ModelRouter.ErrorOf<F | M>

/**
 * The services that the given layers of models require.
 *
 * @since 0.1.0
 * @category models
 */
export type RequirementsOf<P extends AnyProvider, F extends AnyModel, M extends AnyModel> =
  | (P extends Layer.Layer<Model, unknown, infer R> ? R : never)
  | ModelRouter.RequirementsOf<F | M>

/**
 * The models and the switch between them. A single model goes through a router as well, which resolves the names that
 * sessions ask for. Fails with `InvalidRequest` when a name names no model, or when options contradict each other.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <P extends AnyProvider = never, F extends AnyModel = never, M extends AnyModel = never>(
  options: Options<P, F, M>
): Layer.Layer<Model | ModelRouter.ModelSwitch, ModelError | ErrorOf<P, F, M>, RequirementsOf<P, F, M>> => {
  type E = ErrorOf<P, F, M>
  type R = RequirementsOf<P, F, M>
  type Own = string | NamedModel<E, R>
  // E and R are read off P, F and M; the compiler does not see that.
  return Layer.scopedContext(make(options as Options<Providers.Provider | Layer.Layer<Model, E, R>, Own, Own>))
}

const make = Effect.fnUntraced(function* <E, R>({
  fallback = [],
  model,
  models = [],
  provider = "scout",
  reportPath
}: Options<Providers.Provider | Layer.Layer<Model, E, R>, string | NamedModel<E, R>, string | NamedModel<E, R>>) {
  const byName = (spec: string): Either.Either<NamedModel, ModelError> =>
    Either.map(Providers.parseSpec(spec), (parsed) => ({
      name: spec,
      layer: Providers.layerOf(parsed.provider, { ...parsed, ...(reportPath !== undefined && { reportPath }) })
    }))
  if (typeof provider !== "string" && model !== undefined) {
    return yield* refusal(`The model ${model} goes with a provider by name; a layer of your own has its model already.`)
  }
  const first =
    typeof provider === "string"
      ? (yield* byName(model === undefined ? provider : `${provider}:${model}`)).layer
      : provider
  const context = yield* Layer.build<R, E | ModelError, Model>(first)
  const others = [...new Set([...fallback, ...models])]
  const own = Context.getOption(context as Context.Context<Model | ModelRouter.ModelSwitch>, ModelRouter.ModelSwitch)
  if (Option.isSome(own)) {
    if (others.length === 0) return Context.add(context, ModelRouter.ModelSwitch, own.value)
    return yield* refusal(
      "The provider has a ModelSwitch of its own, and fallback and models would pass it by. Name those models there, " +
        "with ModelRouter.layer({ models, fallback })."
    )
  }
  const named = yield* Effect.forEach(
    others,
    (other): Either.Either<NamedModel<E | ModelError, R>, ModelError> =>
      typeof other === "string" ? byName(other) : Either.right(other)
  )
  return yield* Layer.build(
    ModelRouter.layer<ModelRouter.RoutedModels<E | ModelError, R>>({
      models: [{ layer: Layer.succeedContext(context) }, ...named],
      fallback: fallback.map((other) => (typeof other === "string" ? other : other.name))
    })
  )
})

const refusal = (message: string): ModelError =>
  new ModelError({ provider: "router", reason: "InvalidRequest", retryable: false, message })
