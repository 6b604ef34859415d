/**
 * A contribution with its owner and its time limit, and the view that it gets.
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
 * An agent at one moment: the common source of the views of all contributions.
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
 * The contributions of a list to one socket: in the order of the list, and within a subsystem in the order of its ids.
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
 * The view of a moment for the contributions of one subsystem.
 */
export const viewOf = (
  projections: Projections,
  subsystem: string,
  { sequence, sessionId, state, values }: Moment
): Subsystem.View<never> => ({
  sessionId,
  sequence,
  agent: state,
  // The list does not hold the types of values. The cast is safe: only the owner of a value sees it.
  own: projections.value(values, subsystem) as never
})
