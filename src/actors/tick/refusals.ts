/**
 * Outcomes of calls that are not run, and the limit on the events of one turn's calls.
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
 * Events of a call without any other: the call and its outcome.
 */
export const eventsPerCall = 2

/**
 * The `ruleId` of a call that is denied because the calls of its turn reached the limit on events.
 */
export const eventsRule = "limit:eventsPerTurnMax"

/**
 * Tells if a number of events exceeds the policy's limit for the calls of one turn.
 */
export const isBeyond = (eventsMax: number | undefined, events: number): boolean =>
  eventsMax !== undefined && events > eventsMax

/**
 * The outcome of a call beyond the limit on events.
 */
export const tooMany = (call: PendingCall, eventsMax: number | undefined): EventKindOf<"ToolResult"> =>
  refuse(
    call,
    "denied",
    `The policy allows ${eventsMax} events for the calls of one turn, and those before this one have used them up. ` +
      "Their effects stand. Make fewer calls in one turn, and make this call in the next turn."
  )
