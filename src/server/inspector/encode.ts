/**
 * Messages as text for viewers.
 *
 * @since 0.1.0
 */
import {
  encodeInspection,
  type EventInspection,
  type Inspection,
  inspectionVersion,
  Limits,
  rootActorId
} from "../../layers/aios/index.js"
import type { Frame } from "./relay.js"

/** A message as Stately's receivers read it. */
export const frameText = (frame: Frame): string => (frame.text ??= encodeInspection(frame.inspection))

/** A message as the page reads it: without the definition of the machine, which the page requests once. */
export const pageText = (inspection: Inspection): string =>
  encodeInspection(inspection.type === "@xstate.actor" ? { ...inspection, definition: "" } : inspection)

/** Frames for the page; each holds as many messages as fit. */
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
    const text = frame.inspection.type === "@xstate.actor" ? pageText(frame.inspection) : frameText(frame)
    if (texts.length > 0 && characters + text.length > Limits.viewerFrameCharactersMax) yield batch()
    texts.push(text)
    characters += text.length
  }
  if (texts.length > 0 || lost > 0) yield batch()
}

/** Notice of lost messages for a viewer that only knows Stately's messages: an event of the root actor. */
export const droppedNotice = (dropped: number, at: number): EventInspection => ({
  type: "@xstate.event",
  sessionId: rootActorId,
  rootId: rootActorId,
  createdAt: String(at),
  id: null,
  _version: inspectionVersion,
  event: { type: "MessagesDropped", count: dropped }
})

/** Frames for a viewer that only knows Stately's messages: one for each message. */
export function* singles(frames: Iterable<Frame>, dropped: number, at: number): Generator<string> {
  if (dropped > 0) yield encodeInspection(droppedNotice(dropped, at))
  for (const frame of frames) yield frameText(frame)
}
