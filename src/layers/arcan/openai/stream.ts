/**
 * A model turn, made from the chunks of a Chat Completions stream.
 */
import { Either, ParseResult, Schema } from "effect"
import type { Json, ModelDelta, ModelTurn, StopReason, TokenUsage } from "../../aios/index.js"
import { costUsd } from "../prices.js"
import { callWith } from "../toolInput.js"
import { type Reasoning, reasoningFields } from "./reasoning.js"

// Servers leave fields out or set them to null.
const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optional(Schema.NullOr(schema))
const Text = maybe(Schema.String)

const ToolCallDelta = Schema.Struct({
  index: maybe(Schema.Int),
  id: Text,
  function: maybe(Schema.Struct({ name: Text, arguments: Text }))
})

const Delta = Schema.Struct({
  content: Text,
  refusal: Text,
  reasoning: Text,
  reasoning_content: Text,
  tool_calls: maybe(Schema.Array(ToolCallDelta))
})

const Usage = Schema.Struct({
  prompt_tokens: maybe(Schema.Int),
  completion_tokens: maybe(Schema.Int),
  prompt_tokens_details: maybe(
    Schema.Struct({ cached_tokens: maybe(Schema.Int), cache_write_tokens: maybe(Schema.Int) })
  )
})

const Chunk = Schema.Struct({
  id: Text,
  model: Text,
  choices: maybe(Schema.Array(Schema.Struct({ index: maybe(Schema.Int), delta: maybe(Delta), finish_reason: Text }))),
  usage: maybe(Usage)
})

const decodeChunk = Schema.decodeUnknownEither(Chunk)

interface Call {
  /** The provider's own id, which tells its calls apart while they stream in. */
  id: string
  name: string
  input: string
}

interface Draft {
  readonly provider: string
  started: boolean
  whole: boolean
  complete: boolean
  characters: number
  parts: number
  id: string | undefined
  model: string
  content: string
  refused: boolean
  reasoning: Reasoning | undefined
  finishReason: string | undefined
  usage: TokenUsage | undefined
  readonly calls: Array<Call>
  /** The call that a delta with this index continues. */
  readonly byIndex: Map<number, Call>
}

const emptyDraft = (provider: string, model: string): Draft => ({
  provider,
  started: false,
  whole: false,
  complete: false,
  characters: 0,
  parts: 0,
  id: undefined,
  model,
  content: "",
  refused: false,
  reasoning: undefined,
  finishReason: undefined,
  usage: undefined,
  calls: [],
  byIndex: new Map()
})

const accept = (draft: Draft, raw: unknown): Either.Either<ReadonlyArray<ModelDelta>, string> =>
  Either.mapBoth(decodeChunk(raw), {
    onLeft: (error) => ParseResult.TreeFormatter.formatErrorSync(error),
    onRight: (chunk) => apply(draft, chunk)
  })

const apply = (draft: Draft, { choices, id, model, usage }: typeof Chunk.Type): ReadonlyArray<ModelDelta> => {
  draft.started = true
  draft.id ??= id || undefined
  draft.model = model || draft.model
  if (usage != null) draft.usage = usageOf(usage)
  const choice = choices?.find(({ index }) => (index ?? 0) === 0)
  const deltas = choice?.delta == null ? [] : extend(draft, choice.delta)
  draft.finishReason = choice?.finish_reason ?? draft.finishReason
  draft.whole = draft.finishReason !== undefined
  // A server that counts tokens sends the usage last. Without usage, the end of the stream ends the answer.
  draft.complete = draft.whole && draft.usage !== undefined
  return deltas
}

const extend = (draft: Draft, delta: typeof Delta.Type): ReadonlyArray<ModelDelta> => {
  const deltas: Array<ModelDelta> = []
  const field = reasoningFields.find((name) => delta[name])
  if (field !== undefined) {
    const text = delta[field] ?? ""
    const before = draft.reasoning?.text ?? ""
    draft.reasoning = { type: "reasoning", provider: draft.provider, field, text: before + text }
    deltas.push({ type: "thinking", text })
  }
  const text = (delta.content ?? "") + (delta.refusal ?? "")
  draft.refused ||= Boolean(delta.refusal)
  draft.content += text
  if (text !== "") deltas.push({ type: "text", text })
  for (const each of deltas) draft.characters += each.text.length
  for (const call of delta.tool_calls ?? []) extendCall(draft, call)
  return deltas
}

const extendCall = (draft: Draft, { function: called, id, index }: typeof ToolCallDelta.Type): void => {
  // A delta without an index continues the last call unless its id begins another call.
  const known = index == null ? draft.calls.at(-1) : draft.byIndex.get(index)
  const begins = known === undefined || (id != null && id !== "" && known.id !== "" && id !== known.id)
  const call = begins ? { id: "", name: "", input: "" } : known
  if (begins) {
    draft.calls.push(call)
    draft.parts++
  }
  if (index != null) draft.byIndex.set(index, call)
  const before = sizeOf(call)
  call.id ||= id ?? ""
  // Some servers repeat the name with every piece.
  call.name ||= called?.name ?? ""
  call.input += called?.arguments ?? ""
  draft.characters += sizeOf(call) - before
}

const sizeOf = ({ id, input, name }: Call): number => id.length + name.length + input.length

const usageOf = ({ completion_tokens, prompt_tokens, prompt_tokens_details }: typeof Usage.Type): TokenUsage => {
  const cacheReadTokens = prompt_tokens_details?.cached_tokens ?? 0
  const cacheWriteTokens = prompt_tokens_details?.cache_write_tokens ?? 0
  return {
    inputTokens: Math.max((prompt_tokens ?? 0) - cacheReadTokens - cacheWriteTokens, 0),
    outputTokens: completion_tokens ?? 0,
    cacheReadTokens,
    cacheWriteTokens
  }
}

const turnOf = (draft: Draft, newId: () => string): ModelTurn => {
  const { calls, content, id, model, provider, reasoning, usage = noUsage } = draft
  const other: ReadonlyArray<Json> = reasoning === undefined ? [] : [{ ...reasoning }]
  return {
    content,
    // A call without a name cannot run, but it can be answered: the model is told that there is no such tool.
    toolCalls: calls.map(({ input, name }) => callWith(newId(), name, input)),
    ...(other.length === 0 ? {} : { other }),
    stopReason: stopReasonOf(draft),
    usage,
    model,
    costUsd: draft.usage === undefined ? undefined : costUsd(provider, model, usage),
    ...(id === undefined ? {} : { responseId: id })
  }
}

const noUsage: TokenUsage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

const stopReasons: ReadonlyMap<string, StopReason> = new Map([
  ["stop", "end_turn"],
  ["tool_calls", "tool_use"],
  ["function_call", "tool_use"],
  ["length", "max_tokens"],
  ["content_filter", "refusal"]
])

const stopReasonOf = ({ calls, finishReason = "unknown", refused }: Draft): StopReason => {
  const reason = stopReasons.get(finishReason) ?? finishReason
  if (reason !== "end_turn") return reason
  // Some servers give the reason "stop" for an answer with calls.
  return refused ? "refusal" : calls.length > 0 ? "tool_use" : reason
}

/** Protocol of the Chat Completions API. */
export const protocol = { empty: emptyDraft, accept, turnOf }
