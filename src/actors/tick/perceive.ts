/**
 * Perceive: takes in what has arrived since the last tick.
 *
 * Messages, signals and approvals are events already when they reach the agent; perceiving them releases the held-back
 * messages into the conversation and wakes a sleeping agent.
 *
 * @since 0.1.0
 */
import { hasNews } from "../../machines/index.js"
import type { Mind, Outcome } from "./Tick.js"

export const perceive = ({ state }: Mind): Outcome<"Perceive"> => ({
  kinds: [],
  event: { type: "Perceive", news: hasNews(state) }
})
