/**
 * The moment after a program has ended: what it said last has still to be heard.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type EventRecord } from "../layers/aios/index.js"
import type { FaultPlan } from "./Faults.js"
import type { History, SessionHistory } from "./History.js"

const secondsMax = 600

/**
 * Ends the faults and waits until everything that was said is perceived, for ten minutes at most.
 */
export const settled = (plan: FaultPlan, history: History): Effect.Effect<void> =>
  Effect.suspend(() => {
    plan.stop()
    return Effect.iterate(0, {
      while: (seconds) => seconds < secondsMax && waiting(history).length > 0,
      body: (seconds) => Effect.as(Effect.sleep("1 second"), seconds + 1)
    })
  }).pipe(Effect.asVoid)

/**
 * The sessions with something that is not perceived. What an earlier process was told waits in the journal until somebody
 * needs the agent again, and what a stopped agent was told until it is spawned again.
 */
export const waiting = ({ sessions }: History): ReadonlyArray<SessionHistory> =>
  sessions.filter(
    ({ inherited, records, state }) =>
      state.unperceived > 0 && !state.closed && (records.findLast(isNews)?.sequence ?? 0) > inherited
  )

const news: ReadonlySet<string> = new Set([
  "UserMessage",
  "ExternalSignal",
  "RunStarted",
  "ApprovalGranted",
  "ApprovalDenied"
])

const isNews = ({ kind }: EventRecord): boolean => news.has(kind.type)
