/**
 * The fold of a session: what its journal says, one event after the other, and the only caller of the reducers.
 *
 * INVARIANTS
 * - A folded session is a value: stepping gives another one and changes nothing.
 * - Folding from a checkpoint gives the state that folding from the start gives.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { AgentState, type Checkpoint, type EventRecord, genesisDigest, initialState } from "../layers/aios/index.js"
import { foldEvent, reduce } from "./fold.js"
import type { FoldEvent } from "./Reducers.js"

/**
 * A session as it stands behind one of its events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Folded {
  readonly state: AgentState
  /** Sequence of the last event; 0 before the first. */
  readonly sequence: number
  /** Digest of the last record; empty behind a checkpoint until the next record. */
  readonly digest: string
  /** Time of the last event, in milliseconds since the epoch; 0 before the first and behind a checkpoint. */
  readonly at: number
  /** The last event, where it was a record. */
  readonly previous: EventRecord | undefined
}

/**
 * A way to fold sessions. What is folded beside the state of the agent gets its place in `initial`, `step` and `restore`.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionFold {
  /** The session before its first event. */
  readonly initial: Folded
  /** The session behind one more event, be it in the journal already or not durable yet. */
  readonly step: (before: Folded, event: EventRecord | FoldEvent) => Folded
  /** The session at a checkpoint; nothing when this version cannot read the state in it. */
  readonly restore: (checkpoint: Pick<Checkpoint, "sequence" | "state">) => Folded | undefined
}

const decodeState = Schema.decodeUnknownOption(AgentState)

/**
 * Makes a fold.
 *
 * @since 0.1.0
 * @category constructors
 */
export const makeSessionFold = (): SessionFold => ({
  initial: { state: initialState, sequence: 0, digest: genesisDigest, at: 0, previous: undefined },
  step: (before, event) => {
    const record = "digest" in event ? event : undefined
    const seen = "digest" in event ? foldEvent(event) : event
    return {
      state: reduce(before.state, seen),
      sequence: seen.sequence,
      digest: record?.digest ?? before.digest,
      at: seen.at,
      previous: record
    }
  },
  restore: ({ sequence, state }) => {
    const decoded = decodeState(state)
    if (decoded._tag === "None") return undefined
    return { state: decoded.value, sequence, digest: "", at: 0, previous: undefined }
  }
})

/**
 * The fold of every session.
 *
 * @since 0.1.0
 * @category folds
 * @example
 * ```ts
 * import type { EventRecord } from "life-agent-os"
 * import { sessionFold } from "life-agent-os/machines"
 *
 * export const modeAfter = (records: ReadonlyArray<EventRecord>) =>
 *   records.reduce(sessionFold.step, sessionFold.initial).state.mode
 * ```
 */
export const sessionFold = makeSessionFold()
