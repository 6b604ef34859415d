/**
 * The constructor of subsystems.
 *
 * @since 0.1.0
 */
import type { Base } from "./base.js"
import type { Contributions, RequiredFor, ToolsSocket } from "./contributions.js"
import { problemsOf } from "./definition.js"
import type { Events, KindAt, KindsOf } from "./event.js"
import type { KernelType, Kind, SubsystemKind } from "./kinds.js"
import type { AnyProjection } from "./projection.js"
import { type Parts, type Subsystem, TypeId } from "./Subsystem.js"
import { SubsystemError } from "./SubsystemError.js"
import { tool } from "./tool.js"

// Without this type, the compiler would infer a misspelt socket, or a foreign kind of a projection, into C without an
// error.
type NoOthers<C, Own extends SubsystemKind> = {
  readonly [K in Exclude<
    keyof C,
    keyof Contributions<never, never> | keyof Base<string, Events, never, never, never, never, never, string>
  >]: never
} & (C extends { readonly projection: { readonly on: infer On } }
  ? { readonly projection?: { readonly on: { readonly [K in Exclude<keyof On, KernelType | Own["type"]>]: never } } }
  : unknown)

const contributionMsDefault = 5_000

/**
 * Makes a subsystem. A definition leaves out the parts that it does not use.
 *
 * Throws a {@link SubsystemError} with every problem of the definition when the module is loaded.
 *
 * @since 0.1.0
 * @category constructors
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { Subsystem } from "life-agent-os"
 *
 * export const counter = Subsystem.make({
 *   name: "counter",
 *   projection: {
 *     version: 1,
 *     schema: Schema.Struct({ calls: Schema.Int }),
 *     initial: { calls: 0 },
 *     on: { ToolCall: ({ calls }) => ({ calls: calls + 1 }) }
 *   },
 *   decide: {
 *     enough: (_, { own }) => (own.calls > 100 ? { decision: "ask", reason: "100 calls were made" } : undefined)
 *   }
 * })
 * ```
 */
export const make = <
  const Name extends string,
  const Es extends Events = Record<never, never>,
  S = undefined,
  I = undefined,
  ROut = never,
  E = never,
  RIn = never,
  L extends string = never,
  const C = unknown
>(
  definition: Base<Name, Es, S, I, ROut, E, RIn, L> &
    Contributions<NoInfer<S>, KindsOf<Name, Es>> &
    ToolsSocket<NoInfer<S>, KindsOf<Name, Es>> &
    C &
    NoOthers<C, KindsOf<Name, Es>>
  // Without NoInfer, a definition inside a list would take S, R and E from the constraint of the list: unknown.
): Subsystem<Name, Es, NoInfer<S>, Exclude<RequiredFor<C>, ROut> | NoInfer<RIn>, NoInfer<E>> => {
  const { contributionMsMax = contributionMsDefault, events, layer, name, projection } = definition
  const types = new Map(Object.entries(events ?? {}).map(([key, { bare }]) => [key, bare ?? `${name}.${key}`]))
  const own = new Set<string>(types.values())
  const parts: Parts = {
    types,
    tools: definition.act?.tools?.(tool) ?? [],
    projection: projection as AnyProjection | undefined,
    contributions: definition,
    contributionMsMax,
    layer
  }
  const problems = problemsOf(definition, parts)
  if (problems.length > 0) throw SubsystemError.of(`the subsystem "${name}" cannot be used`, problems)
  function is(kind: Kind): kind is KindsOf<Name, Es>
  function is<K extends keyof Es & string>(kind: Kind, key: K): kind is KindAt<Name, Es, K>
  function is(kind: Kind, key?: string): boolean {
    return key === undefined ? own.has(kind.type) : kind.type === types.get(key)
  }
  return {
    [TypeId]: variance,
    name,
    events: events ?? ({} as Es),
    limits: definition.limits ?? {},
    is,
    parts
  }
}

const variance = { _S: (_: never) => _, _R: (_: never) => _, _E: (_: never) => _ }
