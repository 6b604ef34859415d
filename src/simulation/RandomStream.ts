/**
 * Named streams of random numbers from one seed: one more draw in one stream shifts no other.
 *
 * @since 0.1.0
 */
import { hash } from "node:crypto"

/**
 * A source of random numbers.
 */
export interface RandomStream {
  /** 0 to 1, 1 excluded. */
  readonly next: () => number
  /** An integer from 0 to `n - 1`. */
  readonly below: (n: number) => number
  /** True with this probability. */
  readonly chance: (probability: number) => boolean
  /** One of the items; there must be at least one. */
  readonly pick: <A>(items: readonly [A, ...Array<A>]) => A
}

/**
 * The stream of a name under a seed. Xoshiro128** (Blackman and Vigna), seeded by SHA-256 over both.
 */
export const randomStream = (seed: number, name: string): RandomStream => {
  const bytes = Buffer.from(hash("sha256", `${seed}:${name}`, "hex"), "hex")
  let [a, b, c, d] = [0, 4, 8, 12].map((offset) => bytes.readInt32LE(offset)) as [number, number, number, number]
  const word = (): number => {
    const mixed = Math.imul(b, 5)
    const result = Math.imul((mixed << 7) | (mixed >>> 25), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  const next = (): number => word() / 0x1_0000_0000
  const below = (n: number): number => Math.floor(next() * n)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (items) => items[below(items.length)] ?? items[0]
  }
}
