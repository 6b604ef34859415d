/**
 * A circuit breaker: stops calls to a model that keeps failing, and lets one call try it from time to time.
 *
 * - closed: calls go through
 * - open: after `failuresMax` failures in a row no call goes through, for `coolDownMs`
 * - half-open: after the cool-down one call goes through; its success closes the circuit, and otherwise another call
 *   may go through after another cool-down
 */

/** Limits of a breaker. */
export interface Patience {
  readonly failuresMax: number
  readonly coolDownMs: number
}

/**
 * The state of a circuit.
 *
 * @since 0.1.0
 * @category models
 */
export type CircuitState = "closed" | "open" | "half-open"

export class Breaker {
  private failures = 0
  private openUntil = 0

  constructor(private readonly patience: Patience) {}

  state(nowMs: number): CircuitState {
    if (this.failures < this.patience.failuresMax) return "closed"
    return nowMs < this.openUntil ? "open" : "half-open"
  }

  /** Time until the next call may go through, in milliseconds. */
  waitMs(nowMs: number): number {
    return this.state(nowMs) === "open" ? this.openUntil - nowMs : 0
  }

  /**
   * Says whether a call may go through now. The call that tries a half-open circuit opens it for another cool-down. If
   * that call never ends, the next call tries after the cool-down.
   */
  admits(nowMs: number): boolean {
    const state = this.state(nowMs)
    if (state === "half-open") this.openUntil = nowMs + this.patience.coolDownMs
    return state !== "open"
  }

  /** Counts a success. Says whether it closed the circuit. */
  succeeded(): boolean {
    const closed = this.failures >= this.patience.failuresMax
    this.failures = 0
    return closed
  }

  /** Counts a failure. Says whether it opened the circuit. */
  failed(nowMs: number): boolean {
    const wasClosed = this.failures < this.patience.failuresMax
    this.failures++
    if (this.failures < this.patience.failuresMax) return false
    this.openUntil = nowMs + this.patience.coolDownMs
    return wasClosed
  }
}
