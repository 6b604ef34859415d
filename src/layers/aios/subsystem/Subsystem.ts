/**
 * A subsystem as one value: its contributions to the eight sockets of a tick.
 *
 * INVARIANTS
 * - A projection is a function of its own value and one record: no kernel state, no other projection, no clock, no
 *   service.
 * - A contribution appends kinds of its own subsystem only.
 * - The result of a contribution is in the journal before anything depends on it, because a replay runs reducers only.
 * - A service that a contribution requires is an output of its subsystem's layer, or shows in the type of the
 *   subsystem.
 *
 * @since 0.1.0
 */
import type { Layer, Types } from "effect"
import type { Agents } from "../ports/Agents.js"
import type { Contributions } from "./contributions.js"
import type { Events, KindAt, KindsOf } from "./event.js"
import type { Kind, SubsystemKind } from "./kinds.js"
import type { AnyProjection } from "./projection.js"
import type { Tool } from "./tool.js"

/**
 * Services that only the fiber of an agent has. A contribution may require them, and a layer may not.
 *
 * @since 0.1.0
 * @category models
 */
export type Late = Agents

/**
 * @since 0.1.0
 * @category symbols
 */
export const TypeId: unique symbol = Symbol.for("life-agent-os/Subsystem")

/**
 * @since 0.1.0
 * @category symbols
 */
export type TypeId = typeof TypeId

/**
 * The types that a subsystem carries without holding a value of them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Variance<out S, out R, out E> {
  readonly [TypeId]: {
    readonly _S: Types.Covariant<S>
    readonly _R: Types.Covariant<R>
    readonly _E: Types.Covariant<E>
  }
}

/**
 * The inside of a subsystem without its types. Only the fold and the registry should read it. It stays in the
 * declarations, because without it no consumer could put a subsystem into a list.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  /** Types as they stand in the journal, by key. */
  readonly types: ReadonlyMap<string, string>
  readonly tools: ReadonlyArray<Tool<never, SubsystemKind, unknown>>
  readonly projection: AnyProjection | undefined
  readonly contributions: Contributions<never, SubsystemKind>
  readonly contributionMsMax: number
  readonly layer: Layer.Layer<never, unknown, unknown> | undefined
}

/**
 * A subsystem called `Name` with the kinds `Es` and a projection of type `S`. It requires `R`, and setting it up may
 * fail with `E`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Subsystem<Name extends string, Es extends Events, out S = undefined, out R = never, out E = never>
  extends Variance<S, R, E> {
  readonly name: Name
  readonly events: Es
  readonly limits: { readonly [name: string]: number }
  /** Tells whether a body is one of this subsystem, or of exactly this kind of it. */
  readonly is: {
    (kind: Kind): kind is KindsOf<Name, Es>
    <K extends keyof Es & string>(kind: Kind, key: K): kind is KindAt<Name, Es, K>
  }
  readonly parts: Parts
}

/**
 * Any subsystem: the constraint of a list. A list with this type annotation loses the requirements of its members: they
 * become `unknown`, and an effect that requires `unknown` cannot be run.
 *
 * @since 0.1.0
 * @category models
 */
export interface Any extends Variance<unknown, unknown, unknown> {
  readonly name: string
  readonly events: Events
  readonly limits: { readonly [name: string]: number }
  readonly parts: Parts
}

/**
 * The type of a subsystem's projection.
 *
 * @since 0.1.0
 * @category models
 */
export type ValueOf<T extends Any> = T extends Variance<infer S, unknown, unknown> ? S : never

/**
 * The services that a subsystem requires, or those of a list together.
 *
 * @since 0.1.0
 * @category models
 */
export type Requirements<T extends Any> = T extends Variance<unknown, infer R, unknown> ? R : never

/**
 * The errors that setting up a subsystem, or those of a list, may end with.
 *
 * @since 0.1.0
 * @category models
 */
export type Failures<T extends Any> = T extends Variance<unknown, unknown, infer E> ? E : never

/**
 * Missing services, as the compiler reports them.
 *
 * @since 0.1.0
 * @category models
 */
export interface Missing<R> {
  readonly "a contribution requires a service that neither the layer nor the ports provide": R
}

/**
 * Gives the same subsystem if it requires nothing but `Ports`. A forgotten service is then a compile error in the
 * subsystem's own file.
 *
 * @since 0.1.0
 * @category combinators
 */
export const closedOver =
  <Ports>() =>
  <const T extends Any>(
    subsystem: T &
      ([Exclude<Requirements<T>, Ports>] extends [never] ? unknown : Missing<Exclude<Requirements<T>, Ports>>)
  ): T =>
    subsystem
