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
  /** Name of the model in the router. @default `provider:model` */
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
 * Settings of a router.
 *
 * @since 0.1.0
 * @category models
 */
export interface RouterOptions<out M extends RoutedModels = RoutedModels<ModelError, never>> {
  /** The first is the default. */
  readonly models: M
  /** Names of the models to fall back on, in this order. @default all of them, in the order of `models` */
  readonly fallback?: ReadonlyArray<string>
  /** Failures in a row that open the circuit of a model. @default Limits.modelFailuresMax */
  readonly failuresMax?: number
  /** Time that a circuit stays open, in milliseconds. @default Limits.modelCoolDownMs */
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
  /** State of its circuit: `open` after failures in a row, `half-open` when the next request will try it again. */
  readonly circuit: CircuitState
}

/**
 * Chooses the default model: the one that answers a request that names none.
 *
 * @since 0.1.0
 * @category services
 */
export class ModelSwitch extends Context.Tag("life-agent-os/ModelSwitch")<
  ModelSwitch,
  {
    /** Makes a model the default of later requests. Fails with `InvalidRequest` when no model has this name. */
    readonly use: (name: string) => Effect.Effect<void, ModelError>
    /** The name of the default. */
    readonly current: Effect.Effect<string>
    /** All models of the router, in the order in which they were set up. */
    readonly known: Effect.Effect<ReadonlyArray<KnownModel>>
  }
>() {}

/**
 * Several models as one, and the switch between them.
 *
 * A request goes to the model it names, or to the default. When that model fails because of its load, the network, its
 * key or an answer that cannot be read, the router asks the next fallback, and the turn says so. `InvalidRequest` alone
 * fails at once, because the request itself is wrong. The router skips a fallback whose window is too small for the
 * conversation. A model has made all its own attempts before the router falls back.
 *
 * `failuresMax` failures in a row open the circuit of a model; after the cool-down one request tries the model again.
 * If every circuit is open, the request waits once for the first to half-open.
 *
 * Fails with `InvalidRequest` when two models were given the same name, or when a fallback names no model.
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
  // The two types read the errors and requirements off M; the compiler does not see that.
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

  // Provider, name and window of the router are those of the current default.
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

// A model may itself have several models behind it; it is asked for one of them by its name.
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

// A given name takes precedence over the `provider:model` of another model.
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
