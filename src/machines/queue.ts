/**
 * The fold of messages that wait for the end of a run, and of interruptions.
 *
 * @since 0.1.0
 */
import { type AgentState, type EventKindOf, nextInQueue } from "../layers/aios/index.js"

/**
 * A message was put behind the others.
 */
export const enqueue = (state: AgentState, { message, mode, queueId }: EventKindOf<"Queued">): AgentState =>
  mode === "collect" || mode === "followup"
    ? { ...state, queue: [...(state.queue ?? []), { queueId, mode, message }] }
    : state

/**
 * The next messages were taken out.
 */
export const dequeue = ({ queue = [], ...state }: AgentState): AgentState => {
  const taken = new Set(nextInQueue(queue))
  const left = queue.filter((message) => !taken.has(message))
  return left.length === 0 ? state : { ...state, queue: left }
}

/**
 * Ends an interruption when no call is open any more.
 */
export const settleInterruption = ({ interruption, ...state }: AgentState): AgentState =>
  interruption === undefined || state.calls.length === 0 ? state : { ...state, interruption }
