/**
 * Learn: records the events that subsystems keep for later.
 *
 * @since 0.1.0
 */
import type { Outcome } from "./Tick.js"

export const learn = (learnt: Outcome<"Learn">["kinds"]): Outcome<"Learn"> => ({
  kinds: learnt,
  event: { type: "Learn" }
})
