/**
 * What the tools of an agent see of its memory, and what becomes of what they want remembered.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import {
  Limits,
  type MemoryAccess,
  type MemoryEntry,
  type Provenance,
  type RawKind,
  type ScopeMemories,
  ToolError,
  type ToolEvent
} from "../../layers/aios/index.js"
import { cutText } from "../../machines/index.js"
import type { CallOutput } from "../sockets/middleware.js"
import type { Mind, TickPorts } from "../tick/Tick.js"

/**
 * What a call may see. It looks at the agent as it is when it asks, so that one call sees what the one before has done.
 */
export const memoryAccess = (mind: Mind, { blobs, memories, newId }: TickPorts): MemoryAccess => ({
  owner: mind.state.name,
  provenance: provenanceOf(mind),
  newId,
  scope: (scope) =>
    Effect.suspend(() => {
      const { memory, memories: observations } = mind.state
      const proposals = memory?.proposals.filter((proposal) => proposal.scope === scope) ?? []
      if (scope === "session") {
        const { committed = [], reflection } = memory ?? {}
        return Effect.succeed({ observations, reflection, proposals, committed } satisfies ScopeMemories)
      }
      return Effect.map(memories(mind.state.name), (shared) => ({
        observations: [],
        reflection: undefined,
        proposals,
        committed: shared.filter((each) => each.scope === scope)
      }))
    }),
  text: ({ sha256 }) => Effect.map(blobs.get(sha256), (bytes) => Buffer.from(bytes).toString("utf8"))
})

/**
 * What an agent's present work rests on: the events of its run, and the files it wrote as far as it remembers them.
 */
export const provenanceOf = ({ sequence, state: { memories, run } }: Mind): Provenance => {
  const eventStart = run?.objectiveSequence ?? sequence
  const files = new Map(
    memories
      .filter(({ provenance }) => provenance.eventStart >= eventStart)
      .flatMap(({ provenance }) => provenance.files.map((file) => [file.path, file] as const))
  )
  return { eventStart, eventEnd: sequence, files: [...files.values()] }
}

/**
 * Puts statements that are too long for an event into blobs, before the event that names them is made.
 */
export const offload = (
  toolName: string,
  output: CallOutput,
  { blobs }: TickPorts
): Effect.Effect<CallOutput, ToolError> => {
  const { events } = output
  if (events === undefined) return Effect.succeed(output)
  const settle = (entry: MemoryEntry): Effect.Effect<MemoryEntry, ToolError> =>
    entry.content !== undefined || entry.text.length <= Limits.memoryInlineCharactersMax
      ? Effect.succeed(entry)
      : Effect.mapBoth(blobs.put(Buffer.from(entry.text)), {
          onSuccess: (content) => ({ ...entry, text: cutText(entry.text, Limits.memoryInlineCharactersMax), content }),
          onFailure: ({ message }) =>
            new ToolError({
              toolName,
              reason: "Unavailable",
              message: `nothing was changed, because a long entry could not be kept: ${message}`
            })
        })
  return Effect.map(
    Effect.forEach(
      events,
      (event): Effect.Effect<ToolEvent | RawKind, ToolError> =>
        event.type === "MemoryProposed"
          ? Effect.map(Effect.forEach(event.entries, settle), (entries) => ({ ...event, entries }))
          : Effect.succeed(event)
    ),
    (settled) => ({ ...output, events: settled })
  )
}
