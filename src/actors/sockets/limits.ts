/**
 * Bounds of the sockets.
 */

/**
 * The bounds, which hold for every subsystem.
 */
export const SocketLimits = {
  /** Events, or signals, that one contribution may give at a time; more are a defect of it. */
  eventsPerContributionMax: 64,
  /** Bytes of JSON in one event or signal of a contribution; more are a defect of it. */
  dataBytesMax: 262_144,
  /** Characters of the reason that a gate or an adviser gives; more are a defect of it. */
  reasonCharactersMax: 2_000,
  /** Appends that wait for one reporter; further ones are dropped with a warning. */
  reportsMax: 1_024,
  /** How long the end of a system waits for reporters that are still being told, in milliseconds. */
  reportFlushMsMax: 10_000
} as const
