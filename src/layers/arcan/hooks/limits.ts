/**
 * Bounds of hooks.
 *
 * @since 0.1.0
 */

/**
 * The bounds, which are the limits of the subsystem as well.
 *
 * @since 0.1.0
 * @category constants
 */
export const HookLimits = {
  /** Time of one hook, in milliseconds. */
  hookMsMax: 60_000,
  /** Events that wait for hooks; further ones are dropped with a warning. */
  hookEventsMax: 1_024,
  /** Time that the end of a system waits for hooks that are still being told, in milliseconds. */
  hookFlushMsMax: 10_000,
  /** Part of a command's standard error that is kept, in bytes. */
  hookOutputBytesMax: 65_536
} as const
