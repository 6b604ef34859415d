/**
 * Repetition: the same call several times in a row leads to a warning, and then to a denial.
 *
 * @since 0.1.0
 */
import { type EventKind, Limits, type PendingCall } from "../../layers/aios/index.js"

const loopRule = (what: "warn" | "stop"): string => `loop:${what}`

/**
 * The events about a repeated call. `stops` is true if the call must be denied.
 */
export const repetitionOf = ({
  callId,
  repetition = 1
}: PendingCall): { readonly kinds: ReadonlyArray<EventKind>; readonly stops: boolean } => {
  if (repetition < Limits.repeatedCallsWarned) return { kinds: [], stops: false }
  const stops = repetition >= Limits.repeatedCallsMax
  const decision = stops ? "deny" : "allow"
  return {
    kinds: [{ type: "PolicyEvaluated", callId, decision, ruleId: loopRule(stops ? "stop" : "warn") }],
    stops
  }
}

/**
 * Message to the model about a call that is denied for its repetition.
 */
export const loopStopped = ({ repetition, toolName }: PendingCall): string =>
  `Loop detection stopped ${toolName}: it was called ${repetition} times in a row with the same arguments. ` +
  "Do something else, with another tool or other arguments, or end your turn with an answer that says what is in the way."

/**
 * Note to the model about a call, beside its output.
 */
export const noteOf = ({
  editedBy,
  input,
  repetition = 1,
  toolName
}: PendingCall): { readonly note: string } | Record<never, never> => {
  const notes = [
    ...(editedBy === undefined
      ? []
      : [`${editedBy} approved this call with other arguments, and it was run with these: ${shortened(input)}`]),
    ...(repetition < Limits.repeatedCallsWarned || repetition >= Limits.repeatedCallsMax
      ? []
      : [
          `This is call ${repetition} of ${toolName} in a row with the same arguments; ` +
            `the one after the ${ordinal(Limits.repeatedCallsMax - 1)} is denied. Do something else if it does not help.`
        ])
  ]
  return notes.length === 0 ? {} : { note: notes.join("\n") }
}

const ordinal = (number: number): string => ["", "first", "second", "third", "fourth"][number] ?? `${number}th`

const shortened = (input: PendingCall["input"]): string => {
  const text = JSON.stringify(input)
  const { messageCharactersMax } = Limits
  return text.length <= messageCharactersMax
    ? text
    : `${text.slice(0, messageCharactersMax)}… [${text.length} characters]`
}
