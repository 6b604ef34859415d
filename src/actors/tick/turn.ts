/**
 * The events of a model turn: bounded, however long the turn is.
 *
 * If a part of the turn is not taken, the model is told, so that it can ask again.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import {
  cutText,
  type BlobRef,
  type BlobStore,
  type EventKind,
  type EventKindOf,
  kindFlaw,
  Limits,
  ModelError,
  type ModelTurn,
  type TokenUsage,
  type ToolCallRequest
} from "../../layers/aios/index.js"

/**
 * Gives the events of a turn. `requestTokens` is the estimate for the request that the turn answers. A call whose id is
 * longer than the limit gets one from `newId`, because the id is in every event about the call.
 */
export const turnEvents = (
  turn: ModelTurn,
  requestTokens: number,
  { blobs, newId }: { readonly blobs: typeof BlobStore.Service; readonly newId: () => string }
): Effect.Effect<Array<EventKind>> => {
  const { model, stopReason, usage, costUsd, retries, fallback } = turn
  const { calls, notes } = taken(turn.toolCalls, newId)
  const other = fitting(turn.other, notes)
  return Effect.map(bounded(turn.content, blobs), ({ content, text }) => [
    {
      type: "AssistantMessage",
      content,
      model,
      stopReason,
      usage,
      requestTokens,
      ...(costUsd === undefined ? {} : { costUsd }),
      ...(other === undefined ? {} : { other }),
      ...(retries === undefined ? {} : { retries }),
      ...(fallback === undefined ? {} : { fallback }),
      ...(text === undefined ? {} : { text })
    },
    ...calls.map((call): EventKind => ({ type: "ToolCall", ...call })),
    ...(notes.length === 0 ? [] : [{ type: "UserMessage", content: notes.join("\n") } satisfies EventKind])
  ])
}

/**
 * Gives the turn, if the journal can hold it. Fractional token counts are rounded up.
 */
export const checkedTurn = (turn: ModelTurn, provider: string): Effect.Effect<ModelTurn, ModelError> => {
  if (isPlain(turn)) return Effect.succeed(turn)
  try {
    const flaws = flawsOf(turn)
    return flaws.length === 0
      ? Effect.succeed({ ...turn, usage: wholeTokens(turn.usage) })
      : malformed(provider, flaws.join("; "))
  } catch (cause) {
    return malformed(provider, String(cause))
  }
}

/**
 * The event of a model call that failed. The message may be of any length if the model layer is not one of ours.
 */
export const failureOf = ({ message, reason, retryable }: ModelError): EventKindOf<"ModelFailed"> => ({
  type: "ModelFailed",
  reason,
  retryable,
  message: cutText(message, Limits.messageCharactersMax)
})

// A fast check for the usual turn: decoding with a schema would take as long as the rest of a phase.
const isPlain = ({ content, costUsd = 0, fallback, model, other, retries, stopReason, toolCalls, usage }: ModelTurn) =>
  fallback === undefined &&
  other === undefined &&
  retries === undefined &&
  areTexts(content, model, stopReason) &&
  Math.max(model.length, stopReason.length) <= Limits.modelLabelCharactersMax &&
  costUsd >= 0 &&
  costUsd <= Limits.modelTurnCostUsdMax &&
  countsOf(usage).every((tokens) => Number.isInteger(tokens) && isCount(tokens)) &&
  toolCalls.every(
    ({ callId, input, malformed: text = "", toolName }) =>
      input !== undefined && areTexts(callId, toolName, text) && toolName.length <= Limits.calledNameCharactersMax
  )

const isCount = (tokens: number): boolean => tokens >= 0 && tokens <= Limits.modelTurnTokensMax

const areTexts = (...values: ReadonlyArray<unknown>): boolean => values.every((value) => typeof value === "string")

const countsOf = (usage: TokenUsage): ReadonlyArray<number> => [
  usage.inputTokens,
  usage.outputTokens,
  usage.cacheReadTokens,
  usage.cacheWriteTokens
]

const malformed = (provider: string, flaw: string) =>
  new ModelError({
    provider,
    reason: "MalformedResponse",
    retryable: false,
    message: cutText(`the model layer gave a turn that the journal cannot hold: ${flaw}`, Limits.messageCharactersMax)
  })

const wholeTokens = (usage: TokenUsage): TokenUsage => ({
  inputTokens: Math.ceil(usage.inputTokens),
  outputTokens: Math.ceil(usage.outputTokens),
  cacheReadTokens: Math.ceil(usage.cacheReadTokens),
  cacheWriteTokens: Math.ceil(usage.cacheWriteTokens)
})

const flawsOf = ({
  content,
  costUsd,
  fallback,
  model,
  other,
  retries,
  stopReason,
  toolCalls,
  usage
}: ModelTurn): ReadonlyArray<string> => {
  const given = Object.entries({ costUsd, fallback, other, retries }).filter(([, value]) => value !== undefined)
  return [
    kindFlaw({
      type: "AssistantMessage",
      content,
      model,
      stopReason,
      usage: wholeTokens(usage),
      ...Object.fromEntries(given)
    }),
    countsOf(usage).every(isCount) ? undefined : `usage is not from 0 to ${Limits.modelTurnTokensMax}`,
    costUsd === undefined || (costUsd >= 0 && costUsd <= Limits.modelTurnCostUsdMax)
      ? undefined
      : `costUsd is ${costUsd}; it must be from 0 to ${Limits.modelTurnCostUsdMax}`,
    ...Object.entries({ model, stopReason, from: fallback?.from, reason: fallback?.reason }).map(([name, text]) =>
      tooLong(name, text, Limits.modelLabelCharactersMax)
    ),
    ...toolCalls.map(({ toolName }) => tooLong("toolName", toolName, Limits.calledNameCharactersMax)),
    ...toolCalls.map((call) => kindFlaw({ type: "ToolCall", ...call }))
  ].filter((flaw) => flaw !== undefined)
}

const tooLong = (field: string, text: string | undefined, charactersMax: number): string | undefined =>
  text === undefined || text.length <= charactersMax
    ? undefined
    : `${field} has ${text.length} characters; the limit is ${charactersMax}`

const bounded = (
  content: string,
  blobs: typeof BlobStore.Service
): Effect.Effect<{ readonly content: string; readonly text?: BlobRef }> => {
  if (content.length <= Limits.answerCharactersMax) return Effect.succeed({ content })
  const kept = cutText(content, Limits.answerCharactersMax)
  const left = `${content.length - kept.length} of ${content.length} characters left out`
  return Effect.match(blobs.put(Buffer.from(content)), {
    onSuccess: (text) => ({ content: `${kept}\n[${left}; the whole text is the blob ${text.sha256}]`, text }),
    onFailure: ({ message }) => ({ content: `${kept}\n[${left} and not kept: ${message}]` })
  })
}

const taken = (
  asked: ReadonlyArray<ToolCallRequest>,
  newId: () => string
): { readonly calls: ReadonlyArray<ToolCallRequest>; readonly notes: Array<string> } => {
  const calls = new Map<string, ToolCallRequest>()
  const repeated: Array<string> = []
  const large: Array<string> = []
  let bytes = 0
  for (const given of asked.slice(0, Limits.toolCallsPerTurnMax)) {
    const call = given.callId.length <= Limits.callIdCharactersMax ? given : { ...given, callId: newId() }
    const size = Buffer.byteLength(JSON.stringify(call.malformed ?? call.input))
    // Each call must have one outcome: a call id that the model gave twice would get two.
    if (calls.has(call.callId)) repeated.push(`${call.toolName} (${call.callId})`)
    else if (bytes + size > Limits.turnInputBytesMax) large.push(`${call.toolName} (${call.callId}, ${size} bytes)`)
    else {
      bytes += size
      calls.set(call.callId, call)
    }
  }
  const notes: Array<string> = []
  if (asked.length > Limits.toolCallsPerTurnMax) {
    notes.push(
      `Your turn had ${asked.length} calls; the limit of a turn is ${Limits.toolCallsPerTurnMax} calls, and only these ` +
        "were taken. Make the other calls again in the next turn if you still need them."
    )
  }
  if (repeated.length > 0) {
    notes.push(
      `Not taken, because another call of the turn has the same id: ${listed(repeated)}. Make these calls again under other ids.`
    )
  }
  if (large.length > 0) {
    notes.push(
      `Not taken, because the limit of the arguments of a turn is ${Limits.turnInputBytesMax} bytes: ${listed(large)}. ` +
        "Make these calls again in smaller parts, in several turns."
    )
  }
  return { calls: [...calls.values()], notes }
}

const listed = (names: ReadonlyArray<string>): string => cutText(names.join(", "), Limits.messageCharactersMax)

const fitting = (other: ModelTurn["other"], notes: Array<string>): ModelTurn["other"] => {
  if (other === undefined) return undefined
  const bytes = Buffer.byteLength(JSON.stringify(other))
  if (bytes <= Limits.turnOtherBytesMax) return other
  notes.push(
    `Your thoughts of this turn (${bytes} bytes; the limit is ${Limits.turnOtherBytesMax}) were not kept. Go on from your answer and your calls.`
  )
  return undefined
}
