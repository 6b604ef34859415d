/**
 * Properties of a subsystem besides its contributions.
 *
 * @since 0.1.0
 */
import type { Layer } from "effect"
import type { Events, KindsOf } from "./event.js"
import type { Projection } from "./projection.js"
import type { Late } from "./Subsystem.js"

/**
 * Properties of a subsystem besides its contributions.
 *
 * @since 0.1.0
 * @category models
 */
export interface Base<Name extends string, Es extends Events, S, I, ROut, E, RIn, L extends string> {
  /** Lowercase letters and digits; prefix of its kinds and rule ids. */
  readonly name: Name
  /** Kinds by a key such as `Paid`; the type in the journal is `<name>.Paid`. */
  readonly events?: Es
  readonly projection?: Projection<S, KindsOf<Name, Es>, I>
  /** Limits, with the unit in the name. */
  readonly limits?: { readonly [K in L]: number }
  /** Relations of the limits, asserted when the module is loaded: `["warnUsd < capUsd", (l) => …]`. */
  readonly relations?: ReadonlyArray<readonly [string, (limits: { readonly [K in NoInfer<L>]: number }) => boolean]>
  /** The services behind the contributions; private to the subsystem. */
  readonly layer?: Layer.Layer<ROut, E, RIn> &
    ([Extract<RIn, Late>] extends [never] ? unknown : TooEarly<Extract<RIn, Late>>)
  /**
   * Time limit of one contribution in milliseconds. The time of a middleware does not include the model turn or tool
   * call inside it.
   *
   * @default 5000
   */
  readonly contributionMsMax?: number
}

/**
 * A layer that requires a late port, as the compiler reports it.
 *
 * @since 0.1.0
 * @category models
 */
export interface TooEarly<R> {
  readonly "a layer requires what only the fiber of an agent has; require it in the contribution": R
}
