/**
 * Services of contributions: built once for a system, and provided once to each fiber that asks contributions.
 */
import { Context, Effect, Layer, type Scope, Tracer } from "effect"
import { Agents, Subsystem } from "../../layers/aios/index.js"

/**
 * Mark in the type of an effect for all requirements of contributions. Only {@link given} removes it.
 */
export interface Services {
  readonly Services: unique symbol
}

/**
 * Marks an effect of a contribution. The type of a list does not hold the requirements of its members; `merge` requires
 * all of them.
 */
export const served = <A, E>(effect: Effect.Effect<A, E, unknown>): Effect.Effect<A, E, Services> =>
  effect as Effect.Effect<A, E, Services>

/**
 * Removes the mark from an effect for middleware: it gets the services of the fiber that the middleware runs in.
 */
export const unmarked = <A, E>(effect: Effect.Effect<A, E, Services>): Effect.Effect<A, E> =>
  effect as Effect.Effect<A, E>

/**
 * Provides the services to an effect.
 */
export const given = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  services: Context.Context<never>
): Effect.Effect<A, E, Exclude<R, Services>> =>
  // The cast is safe: the mark stands for services that are in `services`, whose type does not hold them.
  Effect.provide(effect, services) as Effect.Effect<A, E, Exclude<R, Services>>

/**
 * Builds the layers of a list one after the other, so that the order does not depend on timing.
 */
export const buildServices = <const L extends ReadonlyArray<Subsystem.Any>>(
  list: L,
  agents: typeof Agents.Service
): Effect.Effect<
  Context.Context<never>,
  Subsystem.SubsystemError | Subsystem.Failures<L[number]>,
  Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late> | Scope.Scope
> =>
  Effect.gen(function* () {
    // A span that is open while layers are built must not become the parent of what agents do later.
    let services = Context.omit(Tracer.ParentSpan)(
      yield* Effect.context<Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late>>()
    ) as Context.Context<never>
    const ports = services
    const owners = new Map<string, string>([[Agents.key, "the actor system"]])
    const problems: Array<string> = []
    for (const { name, parts } of list) {
      if (parts.layer === undefined) continue
      // The cast is safe: the type `L` holds the errors and requirements of the layers, and the values do not.
      const layer = parts.layer as Layer.Layer<
        never,
        Subsystem.Failures<L[number]>,
        Exclude<Subsystem.Requirements<L[number]>, Subsystem.Late>
      >
      const brought = yield* Layer.build(layer)
      for (const key of brought.unsafeMap.keys()) {
        const other = owners.get(key) ?? (ports.unsafeMap.has(key) ? "the system that it is plugged into" : undefined)
        if (other !== undefined) {
          problems.push(`${other} and ${name} both bring the service ${key}; give one of them a tag of its own`)
        }
        owners.set(key, name)
      }
      services = Context.merge(services, brought)
    }
    if (problems.length > 0) {
      return yield* Subsystem.SubsystemError.of("the services of the subsystems do not fit together", problems)
    }
    return Context.add(services, Agents, agents)
  })
