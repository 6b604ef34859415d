/**
 * Learn: keeps what will matter later.
 *
 * @since 0.1.0
 */
import type { EventKind } from "../../layers/aios/EventKind.js"
import { Limits } from "../../layers/aios/Limits.js"
import { endingOf } from "./ending.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const learn = (mind: Mind, ports: TickPorts): Outcome<"Learn"> => ({
  kinds: remember(mind, ports),
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
