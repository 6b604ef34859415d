/**
 * The body of a Chat Completions call, made from a model request.
 */
import type {
  ChatCompletionAssistantMessageParam,
  ChatCompletionCreateParamsStreaming,
  ChatCompletionMessageFunctionToolCall,
  ChatCompletionMessageParam,
  ChatCompletionTool,
  ChatCompletionToolMessageParam
} from "openai/resources/chat/completions"
import {
  canonicalJson,
  type JsonSchema,
  type Message,
  type ModelRequest,
  type ResponseSchema,
  type ToolDefinition,
  type ToolResultMessage
} from "../../aios/index.js"
import { inputOf } from "../toolInput.js"
import { acceptedIds, wireMessages } from "../wireMessages.js"
import { reasoningFor } from "./reasoning.js"

/** Settings of the body beside the request. */
export interface BodyOptions {
  readonly provider: string
  readonly model: string
  readonly maxOutputTokens: number | undefined
}

/** The body of a streaming call. */
export const bodyOf = (request: ModelRequest, options: BodyOptions): ChatCompletionCreateParamsStreaming => ({
  model: options.model,
  stream: true,
  stream_options: { include_usage: true },
  ...limitOf(options.provider, request.maxOutputTokens ?? options.maxOutputTokens),
  ...(request.responseSchema === undefined ? {} : { response_format: formatOf(request.responseSchema) }),
  ...(request.tools.length === 0 ? {} : { tools: request.tools.map(toolOf) }),
  messages: [
    ...(isBlank(request.system) ? [] : [{ role: "system" as const, content: request.system }]),
    ...wireMessages(request.messages, acceptedIds.openai).flatMap((message) => messagesOf(message, options.provider))
  ]
})

// OpenAI's own models refuse the old name of the limit, and other servers do not know the new one.
const limitOf = (provider: string, tokens: number | undefined) => {
  if (tokens === undefined) return {}
  return provider === "openai" ? { max_completion_tokens: tokens } : { max_tokens: tokens }
}

const formatOf = ({ name, schema }: ResponseSchema) => ({
  type: "json_schema" as const,
  json_schema: { name, schema: { ...schema }, strict: isStrict(schema) }
})

// Strict mode refuses an open schema, so the request asks for it only if every part of the schema is closed.
const isStrict = (schema: unknown): boolean => {
  if (Array.isArray(schema)) return schema.every(isStrict)
  if (!isObject(schema)) return true
  const properties = schema["properties"]
  const required = schema["required"]
  if (schema["type"] === "object" && (schema["additionalProperties"] !== false || !isObject(properties))) return false
  if (isObject(properties)) {
    const names = Object.keys(properties)
    if (!Array.isArray(required) || !names.every((name) => required.includes(name))) return false
    return names.every((name) => isClosed(properties[name]) && isStrict(properties[name]))
  }
  return Object.values(schema).every(isStrict)
}

// An empty schema accepts every value.
const isClosed = (schema: unknown): boolean => isObject(schema) && Object.keys(schema).length > 0

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const toolOf = ({ description, inputSchema, name }: ToolDefinition): ChatCompletionTool => ({
  type: "function",
  function: { name, description, parameters: { ...inputSchema, type: "object" } }
})

const messagesOf = (message: Message, provider: string): Array<ChatCompletionMessageParam> => {
  switch (message.role) {
    case "user":
      return isBlank(message.content) ? [] : [{ role: "user", content: message.content }]
    case "tool":
      return message.results.map(resultOf)
    case "assistant":
      return assistantOf(message, provider)
  }
}

const assistantOf = (
  { content, other = [], toolCalls }: Extract<Message, { readonly role: "assistant" }>,
  provider: string
): Array<ChatCompletionAssistantMessageParam> => {
  if (isBlank(content) && toolCalls.length === 0) return []
  return [
    {
      role: "assistant",
      content: isBlank(content) ? null : content,
      ...(toolCalls.length === 0
        ? {}
        : {
            tool_calls: toolCalls.map(
              (call): ChatCompletionMessageFunctionToolCall => ({
                type: "function",
                id: call.callId,
                function: { name: call.toolName, arguments: canonicalJson(inputOf(call)) }
              })
            )
          }),
      ...reasoningFor(provider, other)
    }
  ]
}

// The tool role has no field for a failure, so the text must say it.
const resultOf = ({ callId, output, status }: ToolResultMessage): ChatCompletionToolMessageParam => ({
  role: "tool",
  tool_call_id: callId,
  content: typeof output !== "string" ? canonicalJson(output) : status === "ok" ? output : `Error: ${output}`
})

const isBlank = (text: string): boolean => text.trim() === ""
