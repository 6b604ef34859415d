/**
 * Keeping a list within what one call may hand back.
 *
 * @since 0.1.0
 */
import { Limits } from "../schema/Limits.js"

/**
 * The size of a value as JSON, in bytes.
 *
 * @since 0.1.0
 * @category getters
 */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/**
 * Counts down the bytes that are left for the items of a list; gives `false` for an item that does not fit, and counts
 * nothing for it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const outputBudget = (): ((item: unknown) => boolean) => {
  let left = Limits.toolOutputBytesMax - Limits.toolOutputReservedBytes
  return (item) => {
    const bytes = jsonBytes(item) + 1
    if (bytes > left) return false
    left -= bytes
    return true
  }
}
