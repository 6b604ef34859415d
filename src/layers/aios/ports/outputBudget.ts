/**
 * Budget of bytes for a list in the output of one call.
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
 * Makes a counter of the bytes that are left for the items of a list. The counter gives `false` for an item that does
 * not fit, and does not count it.
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
