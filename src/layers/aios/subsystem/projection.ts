/**
 * Projections that a subsystem folds out of the journal, and the view that its contributions have of the agent.
 *
 * @since 0.1.0
 */
import type { Schema } from "effect"
import type { AgentState } from "../schema/AgentState.js"
import type { KernelKind, KernelType, SubsystemKind, SubsystemRecord } from "./kinds.js"

/**
 * One pure function for each kind, own or the kernel's, that changes the value; a key is a type as it stands in the
 * journal. A reducer sees its own value and the record, and nothing else, so that a projection can be folded again
 * alone.
 *
 * @since 0.1.0
 * @category models
 */
export type Reducers<S, Own extends SubsystemKind> = {
  // No `as` in the mapped type: parameters get no type from a generic mapped type that renames its keys.
  readonly [T in KernelType | Own["type"]]?: (
    value: S,
    kind: Extract<KernelKind | Own, { readonly type: T }>,
    record: SubsystemRecord
  ) => S
}

/**
 * A value that is folded, hashed and checkpointed beside the agent's state.
 *
 * @since 0.1.0
 * @category models
 */
export interface Projection<S, Own extends SubsystemKind, I> {
  /** A new number invalidates checkpoints of this projection, and of no other: its value is folded again. */
  readonly version: number
  /** The encoded form is JSON. It is hashed, so it must not hold anything that differs from run to run. */
  readonly schema: Schema.Schema<S, I>
  readonly initial: NoInfer<S>
  readonly on: Reducers<NoInfer<S>, Own>
  /**
   * Gives the kernel's state with the value in the place that it had before it had a leaf; state hashes of format 1
   * cover this state. A projection that has always had a leaf leaves this function out.
   */
  readonly formerly?: (kernel: AgentState, value: NoInfer<S>) => object
}

/**
 * A projection without its types, as the fold keeps it.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnyProjection {
  readonly version: number
  readonly schema: Schema.Schema.AnyNoContext
  readonly initial: unknown
  readonly on: {
    readonly [type: string]: (value: unknown, kind: SubsystemRecord["kind"], record: SubsystemRecord) => unknown
  }
  readonly formerly?: (kernel: AgentState, value: unknown) => object
}

/**
 * View of a contribution: the kernel's state of the agent and the value of its own projection, both as of `sequence`.
 *
 * @since 0.1.0
 * @category models
 */
export interface View<out S = unknown> {
  readonly sessionId: string
  readonly sequence: number
  readonly agent: AgentState
  readonly own: S
}
