/**
 * Types of the fold: the input of a reducer, and one reducer for each kind of event.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind, EventKindOf, EventType, RawKind } from "../layers/aios/index.js"

/**
 * Part of an event that the fold needs. `at` is in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category models
 */
export interface FoldEvent {
  readonly sequence: number
  readonly at: number
  readonly kind: EventKind | RawKind
}

/**
 * One function for each kind of event that changes the state.
 *
 * @since 0.1.0
 * @category models
 */
export type Reducers = {
  readonly [T in EventType]?: (state: AgentState, kind: EventKindOf<T>, event: FoldEvent) => AgentState
}
