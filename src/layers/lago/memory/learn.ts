/**
 * Learners of memory. They keep what may matter later, which depends on the mode.
 *
 * - Execute and Verify: the files that were written, and how the run ended
 * - Recover, or a streak of errors: what failed, and what ended the streak
 * - AskHuman: the answers of people
 *
 * A change of mode closes a window: a reflection replaces the observations in it.
 */
import { Effect } from "effect"
import { cutText, endingOf, Ids, type Subsystem } from "../../aios/index.js"
import type { MemoryKindOf } from "./events.js"
import { limits } from "./limits.js"
import type { Observation, Provenance } from "./schema.js"
import { isReflected, madeOf, type Memories, runTag } from "./projection.js"
import { provenanceOf } from "./provenance.js"

type View = Subsystem.View<Memories>
type Learnt<T extends "MemoryStored" | "ReflectionCompacted"> =
  | ReadonlyArray<MemoryKindOf<T>>
  | Effect.Effect<ReadonlyArray<MemoryKindOf<T>>, never, Ids>

/**
 * Makes a reflection of the window that a change of mode has closed.
 */
export const reflection = ({ own }: View, { change }: Subsystem.TickLog): Learnt<"ReflectionCompacted"> => {
  if (change === undefined) return []
  const window = own.observations.filter((observation) => isReflected(observation, change.sequence))
  if (window.length === 0) return []
  const { from, to } = change.kind
  const { reflection: earlier } = madeOf(own)
  const text = [
    `In ${from}, until ${to}: ${window.map(({ text: said }) => said).join(" ")}`,
    ...(earlier === undefined ? [] : [earlier.text])
  ].join("\n")
  return Effect.map(newId, (summaryRef) => [
    {
      type: "ReflectionCompacted",
      scope: "session",
      summaryRef,
      coversThroughSequence: change.sequence,
      text: cutText(text, limits.reflectionCharactersMax)
    }
  ])
}

/**
 * Stores observations of a tick that may matter later.
 */
export const observations = (
  { agent: { mode, vector }, sequence }: View,
  log: Subsystem.TickLog
): Learnt<"MemoryStored"> => {
  const provenance = { eventStart: log.from, eventEnd: sequence, files: [] }
  const notes: Array<Note> = []
  const note = (tag: string, text: string, files: Provenance["files"] = []) =>
    void notes.push({ text, tags: [mode, tag], provenance: { ...provenance, files } })
  if (log.answers.length > 0) note("answer", `${log.answers.join("; ")}.`)
  const [failure] = log.failures
  const isFailing = mode === "Recover" || vector.errorStreak >= limits.observedErrorsMin
  if (failure !== undefined && isFailing) note("failure", failure)
  const [success] = log.successes
  if (mode === "Recover" && success !== undefined && vector.errorStreak === 0) {
    note("recovery", `After errors, ${success} succeeded.`)
  }
  if (log.files.length > 0) note("file", `Wrote ${log.files.map(({ path }) => path).join(", ")}.`, log.files)
  return stored(notes.slice(0, limits.observationsPerTickMax))
}

/**
 * Stores the answer of a completed run, because it may matter in the next run.
 */
export const answer = (view: View): Learnt<"MemoryStored"> => {
  const { agent } = view
  const ending = endingOf(agent)
  const isCompleted = ending !== undefined && "reason" in ending && ending.reason === "completed"
  return isCompleted && agent.run?.answer !== undefined
    ? stored([{ text: agent.run.answer, tags: [runTag], provenance: provenanceOf(view) }])
    : []
}

type Note = Omit<Observation, "memoryId">

const newId = Effect.flatMap(Ids, ({ ulid }) => ulid)

const stored = (notes: ReadonlyArray<Note>): Learnt<"MemoryStored"> =>
  notes.length === 0
    ? []
    : Effect.forEach(notes, ({ text, ...note }) =>
        Effect.map(newId, (memoryId) => ({
          type: "MemoryStored" as const,
          scope: "session" as const,
          memoryId,
          text: cutText(text, limits.observationCharactersMax),
          ...note
        }))
      )
