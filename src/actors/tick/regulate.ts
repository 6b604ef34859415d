/**
 * Regulate: tells the machine what the agent's gauges are; the machine chooses the mode.
 *
 * @since 0.1.0
 */
import { factsOf } from "../../machines/index.js"
import type { Mind, Outcome } from "./Tick.js"

export const regulate = ({ state }: Mind): Outcome<"Regulate"> => ({
  kinds: [],
  event: { type: "Regulate", ...factsOf(state) }
})
