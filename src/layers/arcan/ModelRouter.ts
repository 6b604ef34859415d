/**
 * Several models as one: fallback, circuit breakers, routes for sessions, and a switch for the default.
 *
 * @since 0.1.0
 */
import { Context, Effect, Layer } from "effect"
import { inFrontOf, Limits, Model, ModelError } from "../aios/index.js"
import { Breaker, type CircuitState } from "./router/Breaker.js"
import { type Candidate, route } from "./router/route.js"

export type { CircuitState } from "./router/Breaker.js"

/**
 * A model of a router. It can be asked for by its name and by `provider:model`.
 *
 * @since 0.1.0
 * @category models
 */
export interface RoutedModel {
  /** `provider:model` unless it is given. */
  readonly name?: string
  readonly model: Layer.Layer<Model, ModelError>
}

/**
 * How a router is set up.
 *
 * @since 0.1.0
 * @category models
 */
export interface RouterOptions {
  /** The first is the default. */
  readonly models: readonly [RoutedModel, ...ReadonlyArray<RoutedModel>]
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
 *     { model: AnthropicModel.layerFromEnv() },
 *     { name: "local", model: OpenAiModel.layerOllama({ model: "qwen3" }) }
 *   ]
 * })
 * ```
 */
export const layer = (options: RouterOptions): Layer.Layer<Model | ModelSwitch, ModelError> =>
  Layer.scopedContext(make(options))

const make = Effect.fnUntraced(function* (options: RouterOptions) {
  const { coolDownMs = Limits.modelCoolDownMs, failuresMax = Limits.modelFailuresMax } = options
  const [first, ...others] = options.models
  const built = ({ model, name }: RoutedModel) =>
    Effect.map(Layer.build(model), (context): Candidate => {
      const service = Context.get(context, Model)
      return { name: name ?? specOf(service), service, breaker: new Breaker({ coolDownMs, failuresMax }) }
    })
  let current = yield* built(first)
  const candidates = [current, ...(yield* Effect.forEach(others, built))] as const
  const byName = yield* named(candidates, options.models)

  const find = (name: string): Effect.Effect<Candidate, ModelError> => {
    const found = byName.get(name)
    if (found !== undefined) return Effect.succeed(found)
    const known = candidates.map((candidate) => candidate.name).join(", ")
    return Effect.fail(refusal(`There is no model ${name}. The ones there are: ${known}.`))
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
    (name) => byName.get(name)?.service
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

// A name that was given comes before what a model is by itself.
const named = (
  candidates: ReadonlyArray<Candidate>,
  given: ReadonlyArray<RoutedModel>
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
