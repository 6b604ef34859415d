/**
 * Limits of the sockets.
 */

/**
 * The limits, which hold for every subsystem.
 */
export const SocketLimits = {
  /** Events, or signals, that one contribution may give at a time. More are a defect of the contribution. */
  eventsPerContributionMax: 64,
  /** Bytes of JSON in one event or signal of a contribution. More are a defect of the contribution. */
  dataBytesMax: 262_144,
  /** Characters of the reason that a gate or an adviser gives. More are a defect of the contribution. */
  reasonCharactersMax: 2_000,
  /** Appends that wait for one reporter. Further ones are dropped with a warning. */
  reportsMax: 1_024,
  /** Milliseconds that the end of a system waits for reporters with waiting appends. */
  reportFlushMsMax: 10_000
} as const
