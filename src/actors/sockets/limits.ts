/**
 * Bounds of the sockets.
 */

/**
 * The bounds, which hold for every subsystem.
 */
export const SocketLimits = {
  /** Events, or signals, that one contribution may give at a time; more are a defect of it. */
  eventsPerContributionMax: 64,
  /** Appends that wait for one reporter; further ones are dropped with a warning. */
  reportsMax: 1_024,
  /** How long the end of a system waits for reporters that are still being told, in milliseconds. */
  reportFlushMsMax: 10_000
} as const
