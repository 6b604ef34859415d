/**
 * The gate: asks the machine about each call of a tick.
 *
 * @since 0.1.0
 */
import type { AgentStateVector, CallEffect } from "../../layers/aios/index.js"
import type { AgentSnapshot } from "./machine.js"

/**
 * The verdict of the gate on a call.
 *
 * - `run`: the call goes on to the policy
 * - `mode`: the mode denies the call
 * - `later`: the call waits for a later tick, and so do the calls behind it
 *
 * @since 0.1.0
 * @category models
 */
export type GateVerdict = "run" | "mode" | "later"

/**
 * The gate of one tick. Calls pass it in the order in which the model asked for them.
 *
 * A change counts at once, as it would in a tick of its own: when the side-effect pressure passes the threshold of
 * Verify, the gate lets no further change through in the tick. So many calls in one turn can change no more than the
 * same calls in one turn each.
 *
 * @since 0.1.0
 * @category models
 */
export class TickGate {
  private calls = 0
  private changes = 0
  private pressure: number
  private closed = false

  constructor(
    private readonly snapshot: AgentSnapshot,
    { sideEffectPressure }: AgentStateVector
  ) {
    this.pressure = sideEffectPressure
  }

  /** True if a call waits for a later tick, so that the calls behind it wait, too. */
  get isClosed(): boolean {
    return this.closed
  }

  /** The verdict on the next call that no person has approved. */
  verdict(effect: CallEffect): GateVerdict {
    const { callsPerTickMax, changesPerTickMax, verifySideEffectPressure } = this.snapshot.context.thresholds
    if (!this.closed && !this.snapshot.hasTag(effect) && !this.snapshot.hasTag("waits")) return "mode"
    this.closed ||=
      !this.snapshot.hasTag(effect) ||
      this.calls >= callsPerTickMax ||
      (effect !== "reads" && (this.changes >= changesPerTickMax || this.pressure > verifySideEffectPressure))
    return this.closed ? "later" : "run"
  }

  /** Counts a call that is carried out in this tick. Approved calls count too, but the gate never holds them back. */
  admit(effect: CallEffect): void {
    this.calls++
    if (effect === "reads") return
    this.changes++
    // Four decimals, as gauges have: 0.2 + 0.2 + 0.2 is 0.6.
    this.pressure = Math.round((this.pressure + this.snapshot.context.thresholds.pressureByChange) * 10_000) / 10_000
  }
}
