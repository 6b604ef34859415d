/**
 * The queue: messages that wait for the end of a run and become the next run.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  askedModel,
  type BudgetState,
  defaultBudget,
  type EventKind,
  type EventKindOf,
  nextInQueue
} from "../../layers/aios/index.js"
import type { TickPorts } from "./Tick.js"

/**
 * The start of the next run in the queue; nothing while a run is open, when the queue is empty, or in a closed session.
 * The caller gives the budget of the run before, if there was one.
 */
export const queuedRun = (
  state: Pick<AgentState, "closed" | "model" | "queue" | "run">,
  ports: Pick<TickPorts, "model" | "newId">,
  budget: BudgetState = defaultBudget
): ReadonlyArray<EventKind> => {
  const { closed, queue = [], run } = state
  const next = nextInQueue(queue)
  const [first] = next
  if (closed || run !== undefined || first === undefined) return []
  return [
    { type: "QueueDrained", queueId: first.queueId, processed: next.length },
    { type: "UserMessage", content: next.map(({ message }) => message).join("\n\n") },
    runStarted(state, ports, ports.newId(), budget)
  ]
}

/**
 * The start of a run, with the model that the session's requests go to.
 */
export const runStarted = (
  state: Pick<AgentState, "model">,
  ports: Pick<TickPorts, "model">,
  runId: string,
  budget: BudgetState
): EventKindOf<"RunStarted"> => {
  const { model, provider } = askedModel(ports.model, state.model)
  return { type: "RunStarted", runId, provider, model, budget }
}
