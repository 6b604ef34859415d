/**
 * Invariants of messages that interrupt, and of messages that wait for the end of a run.
 *
 * @since 0.1.0
 */
import { type EventKindOf, type EventRecord, type EventType, Limits } from "../../layers/aios/index.js"
import type { Invariant } from "./Invariant.js"

const isType = <T extends EventType>(
  record: EventRecord | undefined,
  type: T
): record is EventRecord & { readonly kind: EventKindOf<T> } => record !== undefined && record.kind.type === type

type Waiting = Pick<EventKindOf<"Queued">, "queueId" | "mode" | "message">

// Gives the messages that wait after these records, by the records alone.
const queueBehind = (records: ReadonlyArray<EventRecord>): ReadonlyArray<Waiting> => {
  let queue: ReadonlyArray<Waiting> = []
  for (const record of records) {
    if (isType(record, "Queued")) queue = [...queue, record.kind]
    if (isType(record, "QueueDrained")) {
      const taken = new Set(takenBy(record.kind, queue))
      queue = queue.filter((waiting) => !taken.has(waiting))
    }
  }
  return queue
}

// Gives the drained message, and for a collected message also the messages that were collected after it.
const takenBy = (
  { processed, queueId }: EventKindOf<"QueueDrained">,
  queue: ReadonlyArray<Waiting>
): ReadonlyArray<Waiting> => {
  const first = queue.findIndex((waiting) => waiting.queueId === queueId)
  if (queue[first]?.mode === "followup") return queue.slice(first, first + 1)
  return queue.filter(({ mode }, index) => index >= first && mode === "collect").slice(0, processed)
}

const queueBounded: Invariant = {
  name: "the queue keeps its bound",
  onRecord: (_, { state: { queue = [] } }) =>
    queue.length > Limits.queueMessagesMax ? `${queue.length} messages wait for the end of the run` : undefined
}

const queueBecomesRuns: Invariant = {
  name: "what was queued becomes a run: followups one by one, then all that was collected",
  onRecord: (record, { records }) => {
    if (!isType(record, "QueueDrained")) {
      const drained = records.at(-3)
      // A queued run begins with three records in one append.
      if (!isType(drained, "QueueDrained")) return undefined
      const [said, started] = records.slice(-2)
      if (!isType(said, "UserMessage") || !isType(started, "RunStarted")) return "a queue was emptied, and no run began"
      const wanted = takenBy(drained.kind, queueBehind(records.slice(0, -3)))
      const objective = wanted.map(({ message }) => message).join("\n\n")
      return said.kind.content === objective
        ? undefined
        : `a run has the objective ${said.kind.content}, and ${objective} was queued`
    }
    const queue = queueBehind(records.slice(0, -1))
    const wanted = queue.find(({ mode }) => mode === "followup") ?? queue[0]
    const collected = wanted?.mode === "collect" ? queue.length : 1
    return wanted?.queueId === record.kind.queueId && record.kind.processed === collected
      ? undefined
      : `${record.kind.processed} messages from ${record.kind.queueId} on were taken out of turn`
  }
}

const nothingQueuedIsLost: Invariant = {
  name: "nothing that was queued is lost or left lying",
  atEnd: ({ acknowledged, sessions }, ended) => {
    for (const { records, sessionId, state } of sessions) {
      const queued = records.flatMap((record) => (isType(record, "Queued") ? [record.kind] : []))
      const counts = new Map<string, number>()
      for (const { message } of queued) counts.set(message, (counts.get(message) ?? 0) + 1)
      for (const told of acknowledged) {
        if (told.sessionId !== sessionId || !told.isQueued) continue
        const left = (counts.get(told.content) ?? 0) - 1
        if (left < 0) return `${sessionId} lost ${JSON.stringify(told.content)}, which was queued`
        counts.set(told.content, left)
      }
      const waiting = queueBehind(records)
      if (waiting.length > 0 && ended && !state.closed) {
        return `${waiting.length} messages still wait in ${sessionId}, and ${state.run === undefined ? "no" : "a"} run is open`
      }
    }
    return undefined
  }
}

/**
 * The invariants of steering.
 */
export const steeringInvariants: ReadonlyArray<Invariant> = [queueBounded, queueBecomesRuns, nothingQueuedIsLost]
