/**
 * The fold of a session: applies the events of its journal one after the other. Only this file calls the reducers.
 *
 * INVARIANTS
 * - A folded session is a value: a step gives another value and changes nothing.
 * - Folding from a checkpoint gives the same state as folding from the start.
 * - The state hash covers the kernel's state and a leaf for each projection. Without projections it is the hash of the
 *   kernel's state alone.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import {
  AgentState,
  type Checkpoint,
  type EventKindOf,
  type EventRecord,
  genesisDigest,
  hashOf,
  initialState,
  Subsystem
} from "../layers/aios/index.js"
import { foldEvent, reduce } from "./fold.js"
import { KindCodec } from "./kindCodec.js"
import { type Behind, Projections, type ProjectionValues } from "./projections.js"
import type { FoldEvent } from "./Reducers.js"

/**
 * A session after one of its events.
 *
 * @since 0.1.0
 * @category models
 */
export interface Folded {
  readonly state: AgentState
  /** The values of projections, folded beside the state. */
  readonly values: ProjectionValues
  /** Sequence of the last event; 0 before the first. */
  readonly sequence: number
  /** Digest of the last record; empty after a checkpoint until the next record. */
  readonly digest: string
  /** Time of the last event, in milliseconds since the epoch; 0 before the first event and after a checkpoint. */
  readonly at: number
  /** The last event, if it was a record. */
  readonly previous: EventRecord | undefined
}

/**
 * A session at a checkpoint, and the projections that must be folded on up to the checkpoint.
 *
 * @since 0.1.0
 * @category models
 */
export interface Restored {
  readonly session: Folded
  readonly behind: ReadonlyArray<Behind>
}

/**
 * The fold of sessions with the projections of a list of subsystems.
 *
 * @since 0.1.0
 * @category folds
 */
export class SessionFold {
  readonly kinds: KindCodec
  readonly projections: Projections
  /** The session before its first event. */
  readonly initial: Folded

  constructor(subsystems: ReadonlyArray<Subsystem.Any> = []) {
    this.kinds = new KindCodec(subsystems)
    this.projections = new Projections(subsystems)
    this.initial = {
      state: initialState,
      values: this.projections.initial,
      sequence: 0,
      digest: genesisDigest,
      at: 0,
      previous: undefined
    }
  }

  /**
   * The session after one more event, durable or not. Throws a ProjectionError if a reducer of a subsystem breaks.
   */
  readonly step = (before: Folded, event: EventRecord | FoldEvent): Folded => {
    const record = "digest" in event ? event : undefined
    const seen = "digest" in event ? foldEvent(event) : event
    return {
      state: reduce(before.state, seen),
      values: this.projections.step(before.values, this.decoded(seen)),
      sequence: seen.sequence,
      digest: record?.digest ?? before.digest,
      at: seen.at,
      previous: record
    }
  }

  /** The values after one more record of a projection that was behind. */
  readonly refold = (values: ProjectionValues, name: string, record: EventRecord): ProjectionValues =>
    this.projections.refold(values, name, this.decoded(foldEvent(record)))

  private decoded({ at, kind, sequence }: FoldEvent): Subsystem.SubsystemRecord {
    return { at, sequence, kind: this.kinds.decode(kind) }
  }

  /** The session at a checkpoint; nothing if this version cannot read its state. */
  readonly restore = ({ sequence, state }: Pick<Checkpoint, "sequence" | "state">): Restored | undefined => {
    const { kernel, leaves } = Subsystem.sessionState(state)
    const decoded = decodeState(kernel)
    if (decoded._tag === "None") return undefined
    const { behind, values } = this.projections.restore(leaves, sequence)
    return { session: { state: decoded.value, values, sequence, digest: "", at: 0, previous: undefined }, behind }
  }

  /** The checkpoint of a session, with the leaves that the event `CheckpointCreated` names. */
  readonly checkpoint = ({ sequence, state, values }: Folded): Checkpoint & CheckpointWords => {
    const leaves = this.projections.leaves(values)
    const whole = { kernel: state, leaves }
    const hashes = Object.entries(leaves).map(([name, leaf]) => {
      const { through, version } = leaf
      const hash = Subsystem.leafHash(name, leaf)
      return [name, { version, hash, ...(through === undefined ? {} : { through }) }] as const
    })
    return {
      sequence,
      state: Subsystem.checkpointState(whole),
      stateHash: Subsystem.stateHash(whole),
      leaves: Object.fromEntries(hashes)
    }
  }

  /** Lowercase hex SHA-256 of a session's state with its projections. */
  readonly hash = ({ state, values }: Pick<Folded, "state" | "values">): string =>
    Subsystem.stateHash({ kernel: state, leaves: this.projections.leaves(values) })

  /**
   * The state hash that a recorded checkpoint must have according to this fold, and the missing subsystems: the hashes
   * of their leaves are taken from the record.
   */
  readonly expected = (
    { state, values }: Folded,
    recorded: CheckpointWords & Pick<EventKindOf<"CheckpointCreated">, "stateHash">
  ): { readonly stateHash: string; readonly missing: ReadonlyArray<string> } => {
    if (recorded.leaves === undefined) return this.expectedBeforeLeaves(state, values, recorded.stateHash)
    const own = this.projections.leaves(values)
    const missing: Array<string> = []
    const projections = Object.entries(recorded.leaves).map(([name, { hash, through, version }]) => {
      const leaf = own[name]
      if (leaf !== undefined && leaf.version === version && through === undefined) {
        return [name, Subsystem.leafHash(name, leaf)] as const
      }
      missing.push(name)
      return [name, hash] as const
    })
    return { stateHash: Subsystem.rootHash(state, Object.fromEntries(projections)), missing }
  }

  private expectedBeforeLeaves(state: AgentState, values: ProjectionValues, recorded: string) {
    const whole = this.projections.formerly(state, values)
    // Without the subsystem that took over a part of the state, the hash of the whole cannot be computed.
    if (whole === undefined) return { stateHash: recorded, missing: [Subsystem.bareOwner] }
    // Older versions did not count calls: `lastCall` is the one new field that is folded from older kinds of events.
    const { lastCall: _, ...earlier } = whole
    const hashes = [whole, earlier].map(hashOf)
    return { stateHash: hashes.find((hash) => hash === recorded) ?? hashOf(whole), missing: [] }
  }
}

type CheckpointWords = Pick<EventKindOf<"CheckpointCreated">, "leaves">

const decodeState = Schema.decodeUnknownOption(AgentState)

/**
 * The fold without subsystems: it folds the kernel's events only.
 *
 * @since 0.1.0
 * @category folds
 * @example
 * ```ts
 * import type { Event } from "life-agent-os"
 * import { sessionFold } from "life-agent-os/SessionFold"
 *
 * export const modeAfter = (records: ReadonlyArray<Event.Record>) =>
 *   records.reduce(sessionFold.step, sessionFold.initial).state.mode
 * ```
 */
export const sessionFold = new SessionFold()
