/**
 * From the events of a Messages API stream to a model turn.
 */
import { Either, ParseResult, Schema } from "effect"
import { Json, type ModelTurn, type TokenUsage, type ToolCallRequest } from "../../aios/index.js"
import { costUsd } from "./prices.js"

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
  /** Deltas that hold anything else, as they came. */
  readonly deltas: Array<Json>
}

/** A turn while it streams in. */
export interface Draft {
  started: boolean
  id: string | undefined
  model: string
  usage: TokenUsage
  stopReason: string
  complete: boolean
  readonly blocks: Map<number, Block>
}

/** A turn of which nothing has come in. */
export const emptyDraft = (model: string): Draft => ({
  started: false,
  id: undefined,
  model,
  usage: { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 },
  stopReason: "unknown",
  complete: false,
  blocks: new Map()
})

/**
 * Takes one event into the draft and gives the text it adds to the answer. Events of a type that makes no turn are
 * passed over, because the API may add some at any time. The left side says what is wrong with the event.
 */
export const accept = (draft: Draft, raw: unknown): Either.Either<string, string> => {
  const typed = decodeTyped(raw)
  if (Either.isRight(typed) && !eventTypes.has(typed.right.type)) return Either.right("")
  return decodeEvent(raw).pipe(
    Either.mapLeft((error) => ParseResult.TreeFormatter.formatErrorSync(error)),
    Either.flatMap((event) => apply(draft, event))
  )
}

const apply = (draft: Draft, event: typeof Event.Type): Either.Either<string, string> => {
  switch (event.type) {
    case "message_start":
      draft.started = true
      draft.id = event.message.id ?? undefined
      draft.model = event.message.model
      draft.usage = usageOf(draft.usage, event.message.usage)
      return Either.right("")
    case "content_block_start": {
      const start = event.content_block
      draft.blocks.set(event.index, { start, joined: new Map(), deltas: [] })
      return Either.right(start.type === "text" && typeof start["text"] === "string" ? start["text"] : "")
    }
    case "content_block_delta": {
      const block = draft.blocks.get(event.index)
      if (block === undefined) return Either.left(`a delta belongs to block ${event.index}, which was never started`)
      const text = event.delta["text"]
      addDelta(block, event.delta)
      return Either.right(block.start.type === "text" && typeof text === "string" ? text : "")
    }
    case "message_delta":
      draft.stopReason = event.delta.stop_reason ?? draft.stopReason
      draft.usage = usageOf(draft.usage, event.usage ?? {})
      return Either.right("")
    case "message_stop":
      draft.complete = true
      return Either.right("")
  }
}

const addDelta = (block: Block, { type, ...fields }: typeof Typed.Type): void => {
  if (!Object.values(fields).every((value) => typeof value === "string")) {
    block.deltas.push({ type, ...fields })
    return
  }
  for (const [name, value] of Object.entries(fields)) block.joined.set(name, (block.joined.get(name) ?? "") + value)
}

// Later figures are totals, not additions; those that are missing stand as they were.
const usageOf = (before: TokenUsage, now: typeof Usage.Type): TokenUsage => ({
  inputTokens: now.input_tokens ?? before.inputTokens,
  outputTokens: now.output_tokens ?? before.outputTokens,
  cacheReadTokens: now.cache_read_input_tokens ?? before.cacheReadTokens,
  cacheWriteTokens: now.cache_creation_input_tokens ?? before.cacheWriteTokens
})

/** The turn of a complete draft. */
export const turnOf = (draft: Draft): ModelTurn => {
  const blocks = [...draft.blocks].toSorted(([a], [b]) => a - b).map(([, block]) => wholeOf(block))
  const calls = blocks.map(callOf)
  const other = blocks.filter((block, index) => block["type"] !== "text" && calls[index] === undefined)
  return {
    content: blocks.map((block) => (block["type"] === "text" ? String(block["text"] ?? "") : "")).join(""),
    toolCalls: calls.filter((call) => call !== undefined),
    ...(other.length === 0 ? {} : { other }),
    stopReason: draft.stopReason,
    usage: draft.usage,
    model: draft.model,
    costUsd: costUsd(draft.model, draft.usage),
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

const decodeInput = Schema.decodeUnknownEither(Schema.parseJson(Json))

const callOf = (block: { readonly [key: string]: Json }): ToolCallRequest | undefined => {
  const { id: callId, input = {}, name: toolName, partial_json: text = "", type } = block
  if (type !== "tool_use" || typeof callId !== "string" || typeof toolName !== "string" || callId === "")
    return undefined
  if (typeof text !== "string" || text === "") return { callId, toolName, input }
  return Either.match(decodeInput(text), {
    onLeft: () => ({ callId, toolName, input: null, malformed: text }),
    onRight: (json) => ({ callId, toolName, input: json })
  })
}
