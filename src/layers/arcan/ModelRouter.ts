/**
 * Several models as one: fallback, circuit breakers, routes for sessions, and a switch for the default.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { inFrontOf, Limits, Model, ModelError, namesThereAre } from "../aios/index.js"
import { Breaker, type CircuitState } from "./router/Breaker.js"
import { type Candidate, route } from "./router/route.js"

export type { CircuitState } from "./router/Breaker.js"

/**
 * A model of a router. It can be asked for by its name and by `provider:model`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RoutedModel<out E = ModelError, out R = never> {
  /** `provider:model` unless it is given. */
  readonly name?: string
  readonly layer: Layer.Layer<Model, E, R>
}

/**
 * One model or more.
 *
 * @since 0.1.0
 * @category models
 */
export type RoutedModels<E = unknown, R = unknown> = readonly [RoutedModel<E, R>, ...ReadonlyArray<RoutedModel<E, R>>]

/**
 * The errors that can keep a model of a router from being built.
 *
 * @since 0.1.0
 * @category models
 */
export type ErrorOf<M> = M extends RoutedModel<infer E, unknown> ? E : never

/**
 * The services that a model of a router is built with.
 *
 * @since 0.1.0
 * @category models
 */
export type RequirementsOf<M> = M extends RoutedModel<unknown, infer R> ? R : never

/**
 * How a router is set up.
 *
 * @since 0.1.0
 * @category models
 */
export interface RouterOptions<out M extends RoutedModels = RoutedModels<ModelError, never>> {
  /** The first is the default. */
  readonly models: M
  /** Names of the models to fall back on, in this order; all of them, in the order of `models`, unless it is given. */
  readonly fallback?: ReadonlyArray<string>
  /** Failures in a row until a model is left alone; `Limits.modelFailuresMax` unless it is given. */
  readonly failuresMax?: number
  /** How long it is left alone, in milliseconds; `Limits.modelCoolDownMs` unless it is given. */
  readonly coolDownMs?: number
}

/**
 * A model as a router knows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface KnownModel {
  readonly name: string
  /** `provider:model`. */
  readonly spec: string
  /** Whether it is asked: `open` when it keeps failing, `half-open` when it is about to be tried again. */
  readonly circuit: CircuitState
}

/**
 * Chooses the model that answers where a request asks for none.
 *
 * @since 0.1.0
 * @category services
 */
export class ModelSwitch extends Context.Tag("life-agent-os/ModelSwitch")<
  ModelSwitch,
  {
    /** Makes a model the default of requests to come. Fails with `InvalidRequest` when there is none of this name. */
    readonly use: (name: string) => Effect.Effect<void, ModelError>
    /** The name of the default. */
    readonly current: Effect.Effect<string>
    /** Every model there is, in the order in which they were set up. */
    readonly known: Effect.Effect<ReadonlyArray<KnownModel>>
  }
>() {}

/**
 * Several models as one, and the switch between them.
 *
 * A request goes to the model it names, or to the default. When that one fails for a reason that lies with it, be it
 * load, the network, its key or an answer that cannot be read, the next of the fallbacks is asked, and the turn says so;
 * only `InvalidRequest` fails at once, because the request itself is wrong. A model whose window a conversation does not
 * fit is passed over. Each model has retried by then.
 *
 * A model that fails several times in a row is left alone for a while; then one request tries it. A request that finds
 * all of them left alone waits for the first of them, once.
 *
 * Fails with `InvalidRequest` when two models were given one name, or a fallback has the name of none.
 *
 * @since 0.1.0
 * @category layers
 * @example
 * ```ts
 * import { AnthropicModel, ModelRouter, OpenAiModel } from "life-agent-os"
 *
 * const models = ModelRouter.layer({
 *   models: [
 *     { layer: AnthropicModel.layerFromEnv() },
 *     { name: "local", layer: OpenAiModel.layerOllama({ model: "qwen3" }) }
 *   ]
 * })
 * ```
 */
export const layer = <const M extends RoutedModels>(
  options: RouterOptions<M>
): Layer.Layer<Model | ModelSwitch, ModelError | ErrorOf<M[number]>, RequirementsOf<M[number]>> =>
  // What M is made of is what these two read off it, which the compiler does not see.
  Layer.scopedContext(make(options as RouterOptions<RoutedModels<ErrorOf<M[number]>, RequirementsOf<M[number]>>>))

const make = Effect.fnUntraced(function* <E, R>(options: RouterOptions<RoutedModels<E, R>>) {
  const { coolDownMs = Limits.modelCoolDownMs, failuresMax = Limits.modelFailuresMax } = options
  const [first, ...others] = options.models
  const built = ({ layer, name }: RoutedModel<E, R>) =>
    Effect.map(Layer.build(layer), (context): Candidate => {
      const service = Context.get(context, Model)
      return { name: name ?? specOf(service), service, breaker: new Breaker({ coolDownMs, failuresMax }) }
    })
  let current = yield* built(first)
  const candidates = [current, ...(yield* Effect.forEach(others, built))] as const
  const byName = yield* named(candidates, options.models)

  const names = () => [...new Set(candidates.flatMap(({ name, service }) => [name, ...(service.names?.() ?? [])]))]
  const find = (name: string): Effect.Effect<Candidate, ModelError> => {
    const found = byName.get(name) ?? behind(candidates, name)
    return found === undefined
      ? Effect.fail(refusal(`There is no model ${name}; ${namesThereAre(name, names())}.`))
      : Effect.succeed(found)
  }
  const fallbacks =
    options.fallback === undefined ? candidates : yield* Effect.forEach(options.fallback, (name) => find(name))

  // What is said of the model is said of the default of the moment.
  const model = inFrontOf(
    () => current.service,
    ({ model: name, ...request }, onDelta) =>
      Effect.flatMap(name === undefined ? Effect.sync(() => current) : find(name), (chosen) =>
        route([chosen, ...fallbacks.filter((other) => other !== chosen)], request, onDelta)
      ),
    () => ({ named: (name) => (byName.get(name) ?? behind(candidates, name))?.service, names })
  )
  const modelSwitch = ModelSwitch.of({
    use: (name) =>
      Effect.map(find(name), (found) => {
        current = found
      }),
    current: Effect.sync(() => current.name),
    known: Effect.clockWith((clock) =>
      Effect.map(clock.currentTimeMillis, (now) =>
        candidates.map(({ breaker, name, service }) => ({ name, spec: specOf(service), circuit: breaker.state(now) }))
      )
    )
  })
  return Context.make(Model, model).pipe(Context.add(ModelSwitch, modelSwitch))
})

const specOf = ({ model, provider }: typeof Model.Service): string => `${provider}:${model}`

// A model may itself have several behind it; then it is asked for them by their names.
const behind = (candidates: ReadonlyArray<Candidate>, name: string): Candidate | undefined => {
  for (const { breaker, service } of candidates) {
    const info = service.named?.(name)
    if (info === undefined) continue
    const generate: typeof service.generate = (request, onDelta) =>
      service.generate({ ...request, model: name }, onDelta)
    return { name, breaker, service: { ...info, generate } }
  }
  return undefined
}

// A name that was given comes before what a model is by itself.
const named = (
  candidates: ReadonlyArray<Candidate>,
  given: ReadonlyArray<{ readonly name?: string }>
): Effect.Effect<ReadonlyMap<string, Candidate>, ModelError> => {
  const byName = new Map<string, Candidate>()
  for (const [index, candidate] of candidates.entries()) {
    const name = given[index]?.name
    if (name === undefined) continue
    if (byName.has(name)) return Effect.fail(refusal(`Two models have the name ${name}. Give one of them another.`))
    byName.set(name, candidate)
  }
  for (const candidate of candidates) {
    const spec = specOf(candidate.service)
    if (!byName.has(spec)) byName.set(spec, candidate)
  }
  return Effect.succeed(byName)
}

const refusal = (message: string): ModelError =>
  new ModelError({ provider: "router", reason: "InvalidRequest", retryable: false, message })
