/**
 * A contribution with its owner and its bound, and what it is shown.
 */
import type { AgentState, Subsystem } from "../../layers/aios/index.js"
import type { Projections, ProjectionValues } from "../../machines/index.js"

/**
 * A contribution of one subsystem.
 */
export interface Contribution<out F> {
  /** `<subsystem>:<id>` */
  readonly rule: string
  readonly subsystem: string
  readonly msMax: number
  readonly run: F
}

/**
 * An agent at one moment, as all contributions are shown it.
 */
export interface Moment {
  readonly sessionId: string
  /** Sequence of the last event folded into `state` and `values`. */
  readonly sequence: number
  readonly state: AgentState
  readonly values: ProjectionValues
}

type Sockets = Subsystem.Contributions<never, Subsystem.SubsystemKind>

/**
 * The contributions of a list to one socket: in the order of the list, and within a subsystem in that of its ids.
 */
export const contributionsOf = <F>(
  list: ReadonlyArray<Subsystem.Any>,
  socket: (contributions: Sockets) => Subsystem.ById<F> | undefined
): ReadonlyArray<Contribution<F>> =>
  list.flatMap(({ name, parts: { contributionMsMax, contributions } }) =>
    Object.entries(socket(contributions) ?? {}).map(([id, run]) => ({
      rule: `${name}:${id}`,
      subsystem: name,
      msMax: contributionMsMax,
      run
    }))
  )

/**
 * What the contributions of one subsystem see of a moment.
 */
export const viewOf = (
  projections: Projections,
  subsystem: string,
  { sequence, sessionId, state, values }: Moment
): Subsystem.View<never> => ({
  sessionId,
  sequence,
  agent: state,
  // The list has forgotten the types of values; each is shown to the subsystem that it belongs to, and to no other.
  own: projections.value(values, subsystem) as never
})
