/**
 * A circuit breaker: leaves alone what keeps failing, and looks now and then whether it works again.
 *
 * - closed: calls go through
 * - open: after `failuresMax` failures in a row no call goes through, for `coolDownMs`
 * - half-open: after that one call goes through in each cool-down; when it succeeds, the circuit is closed
 */

/** How patient a breaker is. */
export interface Patience {
  readonly failuresMax: number
  readonly coolDownMs: number
}

/** The state of a circuit. */
export type CircuitState = "closed" | "open" | "half-open"

export class Breaker {
  private failures = 0
  private openUntil = 0

  constructor(private readonly patience: Patience) {}

  state(nowMs: number): CircuitState {
    if (this.failures < this.patience.failuresMax) return "closed"
    return nowMs < this.openUntil ? "open" : "half-open"
  }

  /** How long nothing goes through, in milliseconds. */
  waitMs(nowMs: number): number {
    return this.state(nowMs) === "open" ? this.openUntil - nowMs : 0
  }

  /**
   * Whether a call may be made now. The one that tries a half-open circuit holds off the others for another cool-down:
   * if it never comes back, the next one tries.
   */
  admits(nowMs: number): boolean {
    const state = this.state(nowMs)
    if (state === "half-open") this.openUntil = nowMs + this.patience.coolDownMs
    return state !== "open"
  }

  /** A call succeeded. Says whether that closed the circuit. */
  succeeded(): boolean {
    const closed = this.failures >= this.patience.failuresMax
    this.failures = 0
    return closed
  }

  /** A call failed. Says whether that opened the circuit. */
  failed(nowMs: number): boolean {
    const wasClosed = this.failures < this.patience.failuresMax
    this.failures++
    if (this.failures < this.patience.failuresMax) return false
    this.openUntil = nowMs + this.patience.coolDownMs
    return wasClosed
  }
}
