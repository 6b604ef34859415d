/**
 * Records the history and checks it against the invariants as it grows.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { defaultModeThresholds, type EventRecord, initialState, type ModeThresholds } from "../layers/aios/index.js"
import { type Execution, History } from "./History.js"
import type { Invariant } from "./invariants/Invariant.js"

/**
 * An invariant that did not hold, with the record that showed it, if a record did.
 *
 * @since 0.1.0
 * @category models
 */
export const Violation = Schema.Struct({
  invariant: Schema.String,
  message: Schema.String,
  sessionId: Schema.optional(Schema.String),
  sequence: Schema.optional(Schema.Int)
})

/**
 * @since 0.1.0
 * @category models
 */
export type Violation = typeof Violation.Type

const violationsMax = 32

export class Watch {
  readonly history: History
  readonly violations: Array<Violation> = []
  private dead = false

  constructor(
    private readonly invariants: ReadonlyArray<Invariant>,
    private readonly onRecord: (record: EventRecord) => void,
    thresholds: Partial<ModeThresholds> = {}
  ) {
    this.history = new History({ ...defaultModeThresholds, ...thresholds })
  }

  /** Tells whether the calling process has been killed: its remaining steps must have no effect. */
  readonly isDead = (): boolean => this.dead

  killed(dead: boolean): void {
    this.dead = dead
  }

  committed(records: ReadonlyArray<EventRecord>): void {
    for (const record of records) {
      const known = this.history.session(record.sessionId)?.records[record.sequence - 1]
      // An append that repeats one whose reply was lost gives the stored records again.
      if (known?.digest === record.digest) continue
      const session = this.history.add(record)
      this.onRecord(record)
      for (const { name, onRecord } of this.invariants) {
        this.note(name, onRecord?.(record, session, this.history), record)
      }
    }
  }

  executed(execution: Omit<Execution, "mode" | "tick">): void {
    const { mode, tick } = this.history.session(execution.sessionId)?.state ?? initialState
    const seen = { ...execution, mode, tick }
    this.history.addExecution(seen)
    for (const { name, onExecution } of this.invariants) {
      this.note(name, onExecution?.(seen, this.history), { sessionId: execution.sessionId })
    }
  }

  ended(ended: boolean): void {
    for (const { atEnd, name } of this.invariants) this.note(name, atEnd?.(this.history, ended), {})
  }

  note(
    invariant: string,
    message: string | undefined,
    where: { readonly sessionId?: string; readonly sequence?: number }
  ): void {
    if (message === undefined || this.violations.length >= violationsMax) return
    const { sequence, sessionId } = where
    // A rule about a lasting state is broken at every later record as well.
    const isKnown = (violation: Violation) =>
      violation.invariant === invariant && violation.message === message && violation.sessionId === sessionId
    if (this.violations.some(isKnown)) return
    this.violations.push({
      invariant,
      message,
      ...(sessionId === undefined ? {} : { sessionId }),
      ...(sequence === undefined ? {} : { sequence })
    })
  }
}
