/**
 * The part of a budget that a sub-agent used, read in its journal.
 */
import { Effect, Option, Stream } from "effect"
import { type BudgetState, Journal, mainBranch } from "../../aios/index.js"

/**
 * The ticks and tool calls of a run, including those of its own sub-agents: the difference between the budgets in its
 * journal.
 */
export const usedIn = Effect.fnUntraced(function* (sessionId: string, runId: string) {
  const journal = yield* Journal
  const types = ["RunStarted", "StateEstimated", "RunFinished", "RunErrored"] as const
  const { ticks, toolCalls } = yield* journal.stream({ sessionId, branchId: mainBranch, types }).pipe(
    Stream.map(({ kind }) => kind),
    Stream.dropWhile((kind) => kind.type !== "RunStarted" || kind.runId !== runId),
    Stream.takeWhile(({ type }) => type !== "RunFinished" && type !== "RunErrored"),
    Stream.filterMap((kind) => ("budget" in kind ? Option.some(kind.budget) : Option.none())),
    Stream.runFold({ ticks: 0, toolCalls: 0, given: undefined as BudgetState | undefined }, (used, left) => {
      const { given = left } = used
      return {
        given,
        ticks: given.ticksRemaining - left.ticksRemaining,
        toolCalls: given.toolCallsRemaining - left.toolCallsRemaining
      }
    })
  )
  return { ticks, toolCalls }
})
