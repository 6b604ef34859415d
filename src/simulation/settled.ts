/**
 * The time after a program has ended: the agents still have to perceive its last messages.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type EventRecord } from "../layers/aios/index.js"
import type { FaultPlan } from "./Faults.js"
import type { History, SessionHistory } from "./History.js"

const secondsMax = 600

/**
 * Ends the faults and waits until the agents have perceived every message, for ten minutes at most.
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
 * Gives the sessions with a message that the agent must still perceive. A message to an earlier process does not count:
 * it waits in the journal until a caller needs the agent again. A message to a stopped agent does not count either: it
 * waits until the agent is spawned again.
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
