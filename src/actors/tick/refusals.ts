/**
 * Outcomes of calls that are not run, and the limit on what the calls of one tick may put into the journal.
 *
 * @since 0.1.0
 */
import type { EventKindOf, PendingCall, ToolStatus } from "../../layers/aios/index.js"
import { noteOf } from "./repetition.js"

/**
 * The outcome of a call that is not run. The message is for the model.
 */
export const refuse = (call: PendingCall, status: ToolStatus, message: string): EventKindOf<"ToolResult"> => ({
  type: "ToolResult",
  callId: call.callId,
  status,
  output: { error: message },
  durationMs: 0,
  ...noteOf(call)
})

/**
 * A call and its outcome.
 */
export const eventsPerCall = 2

/**
 * The `ruleId` of a call that is denied because too much was recorded before it.
 */
export const eventsRule = "limit:eventsPerTurnMax"

/**
 * Whether so many events are more than a policy lets the calls of one tick stand for.
 */
export const isBeyond = (eventsMax: number | undefined, events: number): boolean =>
  eventsMax !== undefined && events > eventsMax

/**
 * The outcome of a call that is one too many.
 */
export const tooMany = (call: PendingCall, eventsMax: number | undefined): EventKindOf<"ToolResult"> =>
  refuse(
    call,
    "denied",
    `The policy allows ${eventsMax} events for the calls of one turn, and those before this one have used them up. ` +
      "What they did stands. Make fewer calls in one turn, and this one in the next."
  )
