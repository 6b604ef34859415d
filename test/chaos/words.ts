/** Language that a life and its watcher have in common. */

export const sessionId = "chaos"

/**
 * A line on the standard output of a life.
 *
 * - `ready`: the data directory is open, and the agent is spawned or resumed now
 * - `event`: this event is durable
 * - `end`: the run has ended
 */
export type Word =
  | { readonly word: "ready" }
  | { readonly word: "event"; readonly sequence: number; readonly type: string; readonly digest: string }
  | { readonly word: "end"; readonly reason: string }
