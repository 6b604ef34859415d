/**
 * The answers of a recorded session, each with the conversation before it.
 */
import {
  canonicalJson,
  type EventKindOf,
  type EventRecord,
  type Message,
  ModelError,
  type ModelTurn,
  type ToolCallRequest
} from "../../aios/index.js"

/** The model's turns before an answer. */
export interface Before {
  /** Number of the model's turns in the conversation. */
  readonly turns: number
  /** The last of these turns. */
  readonly last: Turn | undefined
}

/** A recorded answer. */
export interface RecordedTurn {
  readonly before: Before
  readonly outcome: ModelTurn | ModelError
}

/** The model of a recorded session and its answers. */
export interface Recording {
  readonly provider: string
  readonly model: string
  readonly answers: ReadonlyArray<RecordedTurn>
}

interface Turn {
  readonly sequence: number
  readonly content: string
  readonly toolCalls: Array<ToolCallRequest>
}

/** Reads the answers off the records of a session. */
export const recordingOf = (records: ReadonlyArray<EventRecord>): Recording => {
  const answers: Array<RecordedTurn> = []
  let [provider, model] = ["replay", "recorded"]
  let visible: ReadonlyArray<Turn> = []
  const before = (): Before => ({ turns: visible.length, last: visible.at(-1) })
  for (const { kind, sequence } of records) {
    switch (kind.type) {
      case "RunStarted":
        ;[provider, model] = [kind.provider, kind.model]
        break
      case "AssistantMessage": {
        const turn: Turn = { sequence, content: kind.content, toolCalls: [] }
        answers.push({ before: before(), outcome: turnOf(kind, turn.toolCalls) })
        visible = [...visible, turn]
        break
      }
      case "ToolCall": {
        const { type: _, ...call } = kind
        visible.at(-1)?.toolCalls.push(call)
        break
      }
      case "ModelFailed":
        answers.push({ before: before(), outcome: errorOf(kind, provider) })
        break
      case "ContextCompacted":
        visible = visible.filter((turn) => turn.sequence >= kind.fromSequence)
        break
      default:
    }
  }
  return { provider, model, answers }
}

const turnOf = (
  { content, costUsd, fallback, model, other, retries, stopReason, usage }: EventKindOf<"AssistantMessage">,
  toolCalls: ReadonlyArray<ToolCallRequest>
): ModelTurn => ({
  content,
  toolCalls,
  model,
  stopReason,
  usage,
  costUsd,
  ...(other === undefined ? {} : { other }),
  ...(retries === undefined ? {} : { retries }),
  ...(fallback === undefined ? {} : { fallback })
})

// A recorded reason may be unknown to this version. The flag `retryable` is kept, because it decides whether a run goes
// on.
const errorOf = ({ message, reason, retryable }: EventKindOf<"ModelFailed">, provider: string): ModelError =>
  new ModelError({
    provider,
    reason: ModelError.fields.reason.literals.find((known) => known === reason) ?? "Unavailable",
    retryable,
    message
  })

// The ids of calls say nothing about the conversation, and a long one is replaced each time it is recorded.
const asked = (calls: ReadonlyArray<ToolCallRequest>) => calls.map(({ callId: _, ...call }) => call)

/** First difference between a conversation and the recorded one; `undefined` when there is none. */
export const differenceOf = (before: Before, messages: ReadonlyArray<Message>): string | undefined => {
  const turns = messages.filter((message) => message.role === "assistant")
  if (turns.length !== before.turns) {
    return `the conversation has ${turns.length} of the model's turns, and the recorded one has ${before.turns}`
  }
  const last = turns.at(-1)
  if (last === undefined || before.last === undefined) return undefined
  if (last.content !== before.last.content) return "the last turn of the model has another text than the recorded one"
  return canonicalJson(asked(last.toolCalls)) === canonicalJson(asked(before.last.toolCalls))
    ? undefined
    : "the last turn of the model has other calls than the recorded one"
}
