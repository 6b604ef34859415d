/**
 * A model turn, made from the events of a Messages API stream.
 */
import { Either, ParseResult, Schema } from "effect"
import { Json, type ModelDelta, type ModelTurn, type TokenUsage, type ToolCallRequest } from "../../aios/index.js"
import { costUsd } from "../prices.js"
import { callWith } from "../toolInput.js"

const Fields = Schema.Record({ key: Schema.String, value: Json })
const Typed = Schema.Struct({ type: Schema.String }, Fields)
const Tokens = Schema.optional(Schema.NullOr(Schema.Int))
const Usage = Schema.Struct({
  input_tokens: Tokens,
  output_tokens: Tokens,
  cache_read_input_tokens: Tokens,
  cache_creation_input_tokens: Tokens
})

const Event = Schema.Union(
  Schema.Struct({
    type: Schema.Literal("message_start"),
    message: Schema.Struct({ id: Schema.optional(Schema.NullOr(Schema.String)), model: Schema.String, usage: Usage })
  }),
  Schema.Struct({ type: Schema.Literal("content_block_start"), index: Schema.Int, content_block: Typed }),
  Schema.Struct({ type: Schema.Literal("content_block_delta"), index: Schema.Int, delta: Typed }),
  Schema.Struct({
    type: Schema.Literal("message_delta"),
    delta: Schema.Struct({ stop_reason: Schema.optional(Schema.NullOr(Schema.String)) }),
    usage: Schema.optional(Usage)
  }),
  Schema.Struct({ type: Schema.Literal("message_stop") })
)

const eventTypes: ReadonlySet<string> = new Set(Event.members.map((member) => member.fields.type.literals[0]))
const decodeTyped = Schema.decodeUnknownEither(Schema.Struct({ type: Schema.String }))
const decodeEvent = Schema.decodeUnknownEither(Event)

interface Block {
  readonly start: typeof Typed.Type
  /** The string fields of its deltas, joined by name. */
  readonly joined: Map<string, string>
  /** Deltas with a field that is not a string, unchanged. */
  readonly deltas: Array<Json>
}

/** A turn while it streams in. */
interface Draft {
  started: boolean
  id: string | undefined
  model: string
  usage: TokenUsage
  stopReason: string
  whole: boolean
  complete: boolean
  characters: number
  parts: number
  readonly blocks: Map<number, Block>
}

const emptyDraft = (model: string): Draft => ({
  started: false,
  id: undefined,
  model,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  stopReason: "unknown",
  whole: false,
  complete: false,
  characters: 0,
  parts: 0,
  blocks: new Map()
})

type Deltas = ReadonlyArray<ModelDelta>

// Skips events of unknown types, because the API may add some at any time.
const accept = (draft: Draft, raw: unknown): Either.Either<Deltas, string> => {
  const typed = decodeTyped(raw)
  if (Either.isRight(typed) && !eventTypes.has(typed.right.type)) return Either.right([])
  return decodeEvent(raw).pipe(
    Either.mapLeft((error) => ParseResult.TreeFormatter.formatErrorSync(error)),
    Either.flatMap((event) => apply(draft, event))
  )
}

const apply = (draft: Draft, event: typeof Event.Type): Either.Either<Deltas, string> => {
  switch (event.type) {
    case "message_start":
      draft.started = true
      draft.id = event.message.id ?? undefined
      draft.model = event.message.model
      draft.usage = usageOf(draft.usage, event.message.usage)
      return Either.right([])
    case "content_block_start": {
      const start = event.content_block
      draft.parts++
      draft.characters += JSON.stringify(start).length
      draft.blocks.set(event.index, { start, joined: new Map(), deltas: [] })
      return Either.right(deltasOf(start.type, start))
    }
    case "content_block_delta": {
      const block = draft.blocks.get(event.index)
      if (block === undefined) return Either.left(`a delta belongs to block ${event.index}, which was never started`)
      draft.characters += addDelta(block, event.delta)
      return Either.right(deltasOf(block.start.type, event.delta))
    }
    case "message_delta":
      draft.stopReason = event.delta.stop_reason ?? draft.stopReason
      draft.usage = usageOf(draft.usage, event.usage ?? {})
      return Either.right([])
    case "message_stop":
      draft.whole = draft.complete = true
      return Either.right([])
  }
}

// A block of text has its text under "text", and one of thoughts under "thinking".
const deltasOf = (type: string, fields: typeof Typed.Type): Deltas => {
  if (type !== "text" && type !== "thinking") return []
  const text = fields[type]
  return typeof text === "string" ? [{ type, text }] : []
}

// Gives the number of characters that the delta adds.
const addDelta = (block: Block, { type, ...fields }: typeof Typed.Type): number => {
  const texts = Object.entries(fields).filter((field): field is [string, string] => typeof field[1] === "string")
  if (texts.length < Object.keys(fields).length) {
    block.deltas.push({ type, ...fields })
    return JSON.stringify(fields).length
  }
  let characters = 0
  for (const [name, value] of texts) {
    const before = block.joined.get(name)
    block.joined.set(name, (before ?? "") + value)
    characters += value.length + (before === undefined ? name.length : 0)
  }
  return characters
}

// Later figures are totals, not additions; a missing figure keeps its earlier value.
const usageOf = (before: TokenUsage, now: typeof Usage.Type): TokenUsage => ({
  inputTokens: now.input_tokens ?? before.inputTokens,
  outputTokens: now.output_tokens ?? before.outputTokens,
  cacheReadTokens: now.cache_read_input_tokens ?? before.cacheReadTokens,
  cacheWriteTokens: now.cache_creation_input_tokens ?? before.cacheWriteTokens
})

const turnOf = (draft: Draft, newId: () => string): ModelTurn => {
  const blocks = [...draft.blocks].toSorted(([a], [b]) => a - b).map(([, block]) => wholeOf(block))
  const calls = blocks.map((block) => callOf(block, newId))
  const other = blocks.filter((block, index) => block["type"] !== "text" && calls[index] === undefined)
  return {
    content: blocks.map((block) => (block["type"] === "text" ? String(block["text"] ?? "") : "")).join(""),
    toolCalls: calls.filter((call) => call !== undefined),
    ...(other.length === 0 ? {} : { other }),
    stopReason: draft.stopReason,
    usage: draft.usage,
    model: draft.model,
    costUsd: costUsd("anthropic", draft.model, draft.usage),
    ...(draft.id === undefined ? {} : { responseId: draft.id })
  }
}

const wholeOf = ({ deltas, joined, start }: Block): { readonly [key: string]: Json } => ({
  ...start,
  ...Object.fromEntries(
    [...joined].map(([name, text]) => {
      const before = start[name]
      return [name, typeof before === "string" ? before + text : text]
    })
  ),
  ...(deltas.length === 0 ? {} : { deltas })
})

const callOf = (block: { readonly [key: string]: Json }, newId: () => string): ToolCallRequest | undefined => {
  const { input = {}, name: toolName, partial_json: text = "", type } = block
  if (type !== "tool_use" || typeof toolName !== "string") return undefined
  const callId = newId()
  return typeof text !== "string" || text === "" ? { callId, toolName, input } : callWith(callId, toolName, text)
}

/** Protocol of the Messages API. */
export const protocol = { empty: emptyDraft, accept, turnOf }
