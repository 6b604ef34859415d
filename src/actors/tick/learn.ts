/**
 * Learn: keeps what will matter later, and lets go of the oldest part of a conversation that has grown too long.
 *
 * @since 0.1.0
 */
import type { EventKind } from "../../layers/aios/EventKind.js"
import { Limits } from "../../layers/aios/Limits.js"
import { endingOf } from "./ending.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const learn = (mind: Mind, ports: TickPorts): Outcome<"Learn"> => ({
  kinds: [...remember(mind, ports), ...compact(mind, ports)],
  event: { type: "Learn" }
})

// What came out of a run is worth remembering in the next one.
const remember = ({ state, sequence }: Mind, { newId }: TickPorts): ReadonlyArray<EventKind> => {
  const ending = endingOf(state)
  const { run } = state
  if (run?.answer === undefined || ending === undefined || !("reason" in ending) || ending.reason !== "completed") {
    return []
  }
  return [
    {
      type: "MemoryStored",
      scope: "session",
      memoryId: newId(),
      text: run.answer.slice(0, Limits.memoryCharactersMax),
      tags: ["run"],
      provenance: { eventStart: run.objectiveSequence, eventEnd: sequence, files: [] }
    }
  ]
}

const compact = ({ state, transcript }: Mind, { model }: TickPorts): ReadonlyArray<EventKind> => {
  const tokensMax = model.contextWindowTokens * Limits.transcriptShareMax
  if (state.transcriptTokens <= tokensMax || state.calls.length > 0) return []
  const tokensBefore = state.transcriptTokens
  const { droppedCount, fromSequence, shareAfter } = transcript.cutTo(tokensMax / 2 / tokensBefore)
  return droppedCount === 0
    ? []
    : [
        {
          type: "ContextCompacted",
          fromSequence,
          droppedCount,
          tokensBefore,
          tokensAfter: Math.ceil(tokensBefore * shareAfter)
        }
      ]
}
