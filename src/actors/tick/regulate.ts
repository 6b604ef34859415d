/**
 * Regulate: obeys homeostasis.
 *
 * @since 0.1.0
 */
import type { EventKind } from "../../layers/aios/index.js"
import { endingOf } from "../../machines/index.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const regulate = ({ state }: Mind, { homeostat }: TickPorts): Outcome<"Regulate"> => {
  const ending = endingOf(state)
  const { mode, reason } = homeostat.regulate({
    vector: state.vector,
    pendingApprovals: state.calls.filter((call) => call.status === "gated").length,
    running: state.run !== undefined && ending === undefined
  })
  const tripped = mode === "Recover" && state.mode !== "Recover"
  return {
    kinds: tripped
      ? [{ type: "CircuitBreakerTripped", reason, errorStreak: state.vector.errorStreak } satisfies EventKind]
      : [],
    event: {
      type: "Regulate",
      mode,
      reason: ending === undefined ? reason : `the run ends: ${"reason" in ending ? ending.reason : "error"}`
    }
  }
}
