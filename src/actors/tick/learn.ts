/**
 * Learn: keeps what will matter later. What that is depends on the mode.
 *
 * - Execute and Verify: the files that were written, and how the run ended
 * - Recover, or a streak of errors: what failed, and what ended it
 * - AskHuman: what people answered
 *
 * A change of mode closes a window: the observations in it become a reflection, which takes their place.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { type EventKind, type EventKindOf, Limits, type Observation, type Provenance } from "../../layers/aios/index.js"
import { cutText, endingOf, isReflected, runTag } from "../../machines/index.js"
import { provenanceOf } from "../context/memoryAccess.js"
import type { Services } from "../sockets/services.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const learn = (mind: Mind, ports: TickPorts): Effect.Effect<Outcome<"Learn">, never, Services> =>
  Effect.map(ports.sockets.learn(mind), (contributed) => ({
    kinds: [...reflect(mind, ports), ...observe(mind, ports), ...remember(mind, ports), ...contributed],
    event: { type: "Learn" }
  }))

// What came out of a run is worth remembering in the next one.
const remember = (mind: Mind, { newId }: TickPorts): ReadonlyArray<EventKind> => {
  const { state } = mind
  const ending = endingOf(state)
  const { run } = state
  if (run?.answer === undefined || ending === undefined || !("reason" in ending) || ending.reason !== "completed") {
    return []
  }
  return [stored(newId(), run.answer, [runTag], provenanceOf(mind))]
}

const observe = ({ log, sequence, state }: Mind, { newId }: TickPorts): ReadonlyArray<EventKind> => {
  const { mode, vector } = state
  const provenance = { eventStart: log.from, eventEnd: sequence, files: [] }
  const note = (tag: string, text: string, files: Provenance["files"] = []) =>
    stored(newId(), text, [mode, tag], { ...provenance, files })
  const notes: Array<EventKind> = []
  if (log.answers.length > 0) notes.push(note("answer", `${log.answers.join("; ")}.`))
  const [failure] = log.failures
  const isFailing = mode === "Recover" || vector.errorStreak >= Limits.observedErrorStreak
  if (failure !== undefined && isFailing) notes.push(note("failure", failure))
  const [success] = log.successes
  if (mode === "Recover" && success !== undefined && vector.errorStreak === 0) {
    notes.push(note("recovery", `After errors, ${success} succeeded.`))
  }
  if (log.files.length > 0) {
    notes.push(note("file", `Wrote ${log.files.map(({ path }) => path).join(", ")}.`, log.files))
  }
  return notes.slice(0, Limits.observationsPerTickMax)
}

const reflect = ({ log, state }: Mind, { newId }: TickPorts): ReadonlyArray<EventKind> => {
  const { change } = log
  if (change === undefined) return []
  const window = state.memories.filter((observation) => isReflected(observation, change.sequence))
  if (window.length === 0) return []
  const { from, to } = change.kind
  const text = [
    `In ${from}, until ${to}: ${window.map(({ text: said }) => said).join(" ")}`,
    ...(state.memory?.reflection === undefined ? [] : [state.memory.reflection.text])
  ].join("\n")
  return [
    {
      type: "ReflectionCompacted",
      scope: "session",
      summaryRef: newId(),
      coversThroughSequence: change.sequence,
      text: cutText(text, Limits.reflectionCharactersMax)
    }
  ]
}

const stored = (
  memoryId: string,
  text: string,
  tags: Observation["tags"],
  provenance: Provenance
): EventKindOf<"MemoryStored"> => ({
  type: "MemoryStored",
  scope: "session",
  memoryId,
  text: cutText(text, Limits.memoryCharactersMax),
  tags,
  provenance
})
