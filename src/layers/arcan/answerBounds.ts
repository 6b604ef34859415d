/**
 * Bounds of one answer of a provider. All providers share them.
 *
 * @since 0.1.0
 */
import { Limits, type ModelTurn } from "../aios/index.js"

/** Size of an answer while it streams in. */
export interface AnswerSize {
  /** Characters received so far: text, thoughts, and the fields of calls. */
  readonly characters: number
  /** Blocks of content and calls received so far. */
  readonly parts: number
}

/** Says which limit an answer exceeds after `events` events; `undefined` when it exceeds none. */
export const excessOf = ({ characters, parts }: AnswerSize, events: number): string | undefined => {
  if (characters > Limits.modelAnswerCharactersMax) return `${Limits.modelAnswerCharactersMax} characters`
  if (parts > Limits.modelAnswerPartsMax) return `${Limits.modelAnswerPartsMax} blocks and calls`
  return events > Limits.modelAnswerEventsMax ? `${Limits.modelAnswerEventsMax} events` : undefined
}

/** Says which field of a whole answer is beyond its limit; `undefined` when none is. */
export const flawOf = ({ model, responseId = "", stopReason, toolCalls, usage }: ModelTurn): string | undefined => {
  const labels = { "the id of the answer": responseId, "the name of the model": model, "the stop reason": stopReason }
  for (const [field, text] of Object.entries(labels)) {
    if (text.length > Limits.modelLabelCharactersMax) {
      return `${field} has ${text.length} characters; the limit is ${Limits.modelLabelCharactersMax}`
    }
  }
  const longest = Math.max(0, ...toolCalls.map(({ toolName }) => toolName.length))
  if (longest > Limits.calledNameCharactersMax) {
    return `the name of a tool has ${longest} characters; the limit is ${Limits.calledNameCharactersMax}`
  }
  for (const [kind, tokens] of Object.entries(usage)) {
    if (tokens < 0 || tokens > Limits.modelTurnTokensMax) {
      return `${kind} is ${tokens}; it must be from 0 to ${Limits.modelTurnTokensMax}`
    }
  }
  return undefined
}
