/**
 * Report: ends the run if it is over, and tells if a checkpoint is due.
 *
 * @since 0.1.0
 */
import { endingOf, type EventKind, Limits } from "../../layers/aios/index.js"
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

/**
 * Tells if a checkpoint is due at the end of this tick: every `Limits.checkpointEveryTicks` ticks, and after each run.
 */
export const isCheckpointDue = (state: Mind["state"], endsRun: boolean): boolean =>
  endsRun || state.tick + 1 - state.checkpointTick >= Limits.checkpointEveryTicks
