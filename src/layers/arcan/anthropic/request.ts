/**
 * The body of a Messages API call, made from a model request.
 */
import type {
  CacheControlEphemeral,
  ContentBlockParam,
  MessageCreateParamsStreaming,
  MessageParam,
  RedactedThinkingBlockParam,
  ThinkingBlockParam,
  Tool,
  ToolResultBlockParam,
  ToolUseBlockParam
} from "@anthropic-ai/sdk/resources/messages"
import {
  canonicalJson,
  type Json,
  type Message,
  type ModelRequest,
  type ToolDefinition,
  type ToolResultMessage
} from "../../aios/index.js"
import { inputOf } from "../toolInput.js"
import { acceptedIds, wireMessages } from "../wireMessages.js"

const cached: { readonly cache_control: CacheControlEphemeral } = { cache_control: { type: "ephemeral" } }

/**
 * The body of a streaming call. Tools, system prompt and last message carry cache markers, because the next request
 * begins with the same content.
 */
export const bodyOf = (
  request: ModelRequest,
  options: {
    readonly model: string
    readonly maxOutputTokens: number
    /** The part of JSON Schema that the API takes. */
    readonly schemaOf: (schema: Record<string, unknown>) => Record<string, unknown>
  }
): MessageCreateParamsStreaming => ({
  model: options.model,
  max_tokens: request.maxOutputTokens ?? options.maxOutputTokens,
  stream: true,
  ...(request.responseSchema === undefined
    ? {}
    : { output_config: { format: { type: "json_schema", schema: options.schemaOf(request.responseSchema.schema) } } }),
  ...(isBlank(request.system) ? {} : { system: [{ type: "text", text: request.system, ...cached }] }),
  ...(request.tools.length === 0 ? {} : { tools: markLast(request.tools.map(toolOf)) }),
  messages: messagesOf(wireMessages(request.messages, acceptedIds.anthropic))
})

const toolOf = ({ description, inputSchema, name }: ToolDefinition): Tool => ({
  name,
  description,
  input_schema: { ...inputSchema, type: "object" }
})

const messagesOf = (messages: ReadonlyArray<Message>): Array<MessageParam> => {
  const merged: Array<{ readonly role: "user" | "assistant"; readonly content: Array<ContentBlockParam> }> = []
  for (const message of messages) {
    const content = blocksOf(message)
    const role = message.role === "assistant" ? "assistant" : "user"
    const last = merged.at(-1)
    // The API refuses empty messages, and treats consecutive turns of one role as one turn.
    if (content.length === 0) continue
    if (last?.role === role) last.content.push(...content)
    else merged.push({ role, content })
  }
  return merged.map(
    ({ content, role }, index): MessageParam => ({
      role,
      content: index === merged.length - 1 ? markLast(content) : content
    })
  )
}

const blocksOf = (message: Message): Array<ContentBlockParam> => {
  if (message.role === "tool") return message.results.map(resultOf)
  const text: Array<ContentBlockParam> = isBlank(message.content) ? [] : [{ type: "text", text: message.content }]
  if (message.role === "user") return text
  return [
    // Thoughts come before the text and the calls they led to; the API checks that they are unchanged. Other blocks,
    // which were not understood on arrival, are not sent back.
    ...(message.other ?? []).filter(isThought),
    ...text,
    ...message.toolCalls.map(
      (call): ToolUseBlockParam => ({
        type: "tool_use",
        id: call.callId,
        name: call.toolName,
        input: inputOf(call)
      })
    )
  ]
}

const isThought = (value: Json): value is Json & (ThinkingBlockParam | RedactedThinkingBlockParam) =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  (value["type"] === "thinking" || value["type"] === "redacted_thinking")

const resultOf = ({ callId, output, status }: ToolResultMessage): ToolResultBlockParam => ({
  type: "tool_result",
  tool_use_id: callId,
  content: typeof output === "string" ? output : canonicalJson(output),
  ...(status === "ok" ? {} : { is_error: true })
})

const markLast = <A extends Tool | ContentBlockParam>(items: ReadonlyArray<A>): Array<A> =>
  items.map((item, index) => (index === items.length - 1 ? { ...item, ...cached } : item))

const isBlank = (text: string): boolean => text.trim() === ""
