/**
 * Perceive: takes in messages, signals and approvals since the last tick.
 *
 * They are events already when they reach the agent. Perceive releases the held-back messages into the conversation and
 * wakes a sleeping agent.
 *
 * @since 0.1.0
 */
import { hasNews } from "../../machines/index.js"
import type { Mind, Outcome } from "./Tick.js"

export const perceive = ({ state }: Mind): Outcome<"Perceive"> => ({
  kinds: [],
  event: { type: "Perceive", news: hasNews(state) }
})
