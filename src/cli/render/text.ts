/**
 * Small pieces of text: numbers with units.
 *
 * @since 0.1.0
 */

/** Seconds with one decimal. */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

/** US dollars: cents, or four decimals below one. */
export const usd = (amount: number): string => `$${amount.toFixed(amount > 0 && amount < 0.995 ? 4 : 2)}`

/** A number and its noun, which takes an s unless it is one. */
export const count = (amount: number, noun: string): string => `${amount} ${noun}${amount === 1 ? "" : "s"}`
