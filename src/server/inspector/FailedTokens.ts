/**
 * Limit of requests without the right token, for each address: a token bucket. The right token is never refused, because
 * the owner and a stranger on this machine may have the same address.
 *
 * @since 0.1.0
 */
import { Limits } from "../../layers/aios/index.js"

interface Bucket {
  /** Failures that are left. */
  readonly left: number
  /** Milliseconds since the epoch. */
  readonly at: number
}

export class FailedTokens {
  /** The address that failed longest ago is first. */
  private readonly buckets = new Map<string, Bucket>()

  /** Counts a failure of an address. True if the address has failed too often. */
  exceeded(address: string, nowMs: number): boolean {
    const { at, left } = this.buckets.get(address) ?? { at: nowMs, left: Limits.failedTokensMax }
    const regained = (Math.max(0, nowMs - at) * Limits.failedTokensPerSecond) / 1_000
    const now = Math.min(Limits.failedTokensMax, left + regained)
    this.buckets.delete(address)
    this.buckets.set(address, { at: nowMs, left: Math.max(0, now - 1) })
    const [oldest] = this.buckets.keys()
    if (this.buckets.size > Limits.failedTokenAddressesMax && oldest !== undefined) this.buckets.delete(oldest)
    return now < 1
  }
}
