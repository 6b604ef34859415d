/**
 * Limits of hooks.
 *
 * @since 0.1.0
 */

/**
 * Limits of hooks, which are also the limits of the subsystem.
 *
 * @since 0.1.0
 * @category constants
 */
export const HookLimits = {
  /** Time of one hook, in milliseconds. */
  hookMsMax: 60_000,
  /** Events that wait for hooks; further ones are dropped with a warning. */
  hookEventsMax: 1_024,
  /** Time that the end of a system waits for queued events to be told, in milliseconds. */
  hookFlushMsMax: 10_000,
  /** Part of a command's standard error that is kept, in bytes. */
  hookOutputBytesMax: 65_536
} as const
