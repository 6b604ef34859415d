/** What a life and whoever watches it have in common. */

export const sessionId = "chaos"

/**
 * A line on the standard output of a life.
 *
 * - `begin`: the program is loaded and opens its data directory now
 * - `event`: this event is durable
 * - `end`: the run has ended
 */
export type Word =
  | { readonly word: "begin" }
  | { readonly word: "event"; readonly sequence: number; readonly digest: string }
  | { readonly word: "end"; readonly reason: string }
