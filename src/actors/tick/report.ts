/**
 * Report: ends the run if it is over.
 *
 * @since 0.1.0
 */
import { endingOf, type EventKind } from "../../layers/aios/index.js"
import { unverifiedNames } from "../../machines/index.js"
import { lastOutcomes } from "./lastOutcomes.js"
import type { Mind, Outcome } from "./Tick.js"

export const report = ({ state }: Mind): Outcome<"Report"> => ({
  kinds: endRun(state),
  event: { type: "Report" }
})

const endRun = (state: Mind["state"]): ReadonlyArray<EventKind> => {
  const ending = endingOf(state)
  const { run } = state
  if (run === undefined || ending === undefined) return []
  if ("error" in ending) return [...lastOutcomes(state), { type: "RunErrored", runId: run.runId, error: ending.error }]
  return [
    ...lastOutcomes(state),
    {
      type: "RunFinished",
      runId: run.runId,
      reason: ending.reason,
      ticks: run.ticks + 1,
      usage: run.usage,
      costUsd: run.costUsd,
      ...(run.answer === undefined ? {} : { finalAnswer: run.answer }),
      ...(state.unverified === undefined ? {} : { unverified: unverifiedNames(state) })
    }
  ]
}
