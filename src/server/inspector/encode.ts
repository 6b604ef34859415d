/**
 * Messages as text for viewers.
 *
 * @since 0.1.0
 */
import type { EventInspection, Inspection } from "../../layers/aios/Inspector.js"
import { inspectionVersion, rootActorId } from "../../layers/aios/Inspector.js"
import { Limits } from "../../layers/aios/Limits.js"
import type { Frame } from "./relay.js"

const cutTo = 2_000

// A watcher may show what is too long by its beginning, and the journal has the rest.
const shortened = (inspection: Inspection, text: string): Inspection => {
  const note = { shortened: `${text.length} characters`, beginning: text.slice(0, cutTo) }
  switch (inspection.type) {
    case "@xstate.event": {
      const { sequence, type } = inspection.event
      return { ...inspection, event: { type, ...(sequence === undefined ? {} : { sequence }), ...note } }
    }
    case "@xstate.snapshot": {
      const { sequence, type } = inspection.event
      return {
        ...inspection,
        event: { type, ...(sequence === undefined ? {} : { sequence }) },
        snapshot: { ...inspection.snapshot, context: note }
      }
    }
    default:
      return { ...inspection, definition: "{}", snapshot: { ...inspection.snapshot, context: note } }
  }
}

const bounded = (inspection: Inspection): string => {
  const text = JSON.stringify(inspection)
  return text.length <= Limits.viewerMessageCharactersMax ? text : JSON.stringify(shortened(inspection, text))
}

/** A message as Stately's receivers read it. */
export const frameText = (frame: Frame): string => (frame.text ??= bounded(frame.inspection))

/** A message as the page reads it: without the definition of the machine, which it asks for once. */
export const pageText = (frame: Frame): string => {
  const { inspection } = frame
  if (inspection.type !== "@xstate.actor") return frameText(frame)
  const { definition: _, ...rest } = inspection
  const text = JSON.stringify(rest)
  return text.length <= Limits.viewerMessageCharactersMax ? text : bounded({ ...inspection, definition: "" })
}

/** Frames for the page: messages together as long as they fit. */
export function* batches(frames: Iterable<Frame>, dropped: number, past: boolean): Generator<string> {
  let texts: Array<string> = []
  let characters = 0
  let lost = dropped
  const batch = () => {
    const text = `{"messages":[${texts.join(",")}],"dropped":${lost},"past":${past}}`
    texts = []
    characters = 0
    lost = 0
    return text
  }
  for (const frame of frames) {
    const text = pageText(frame)
    if (texts.length > 0 && characters + text.length > Limits.viewerFrameCharactersMax) yield batch()
    texts.push(text)
    characters += text.length
  }
  if (texts.length > 0 || lost > 0) yield batch()
}

/** What a viewer that only knows Stately's messages is told about lost ones: an event of the root actor. */
export const droppedNotice = (dropped: number, at: number): EventInspection => ({
  type: "@xstate.event",
  sessionId: rootActorId,
  rootId: rootActorId,
  createdAt: String(at),
  id: null,
  _version: inspectionVersion,
  event: { type: "MessagesDropped", count: dropped }
})

/** Frames for a viewer that only knows Stately's messages: one each. */
export function* singles(frames: Iterable<Frame>, dropped: number, at: number): Generator<string> {
  if (dropped > 0) yield JSON.stringify(droppedNotice(dropped, at))
  for (const frame of frames) yield frameText(frame)
}
