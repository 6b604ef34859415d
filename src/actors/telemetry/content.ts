/**
 * Content of model and tool calls in the form of the conventions for generative AI: masked, and bounded.
 *
 * @since 0.1.0
 */
import {
  type Json,
  Limits,
  maskJson,
  maskSecrets,
  type Message,
  type ToolCallRequest
} from "../../layers/aios/index.js"

const textPart = (content: string): Json => ({ type: "text", content })

const callPart = ({ callId, input, toolName }: ToolCallRequest): Json => ({
  type: "tool_call",
  id: callId,
  name: toolName,
  arguments: input
})

/** A message of the user. */
export const userMessage = (content: string): Json => ({ role: "user", parts: [textPart(content)] })

/** An answer of the model. */
export const outputMessage = (content: string, calls: ReadonlyArray<ToolCallRequest>, finishReason: string): Json => ({
  role: "assistant",
  parts: [...(content === "" ? [] : [textPart(content)]), ...calls.map(callPart)],
  finish_reason: finishReason
})

const inputMessage = (message: Message): Json => {
  switch (message.role) {
    case "user":
      return userMessage(message.content)
    case "assistant":
      return {
        role: "assistant",
        parts: [...(message.content === "" ? [] : [textPart(message.content)]), ...message.toolCalls.map(callPart)]
      }
    case "tool":
      return {
        role: "tool",
        parts: message.results.map(({ callId, output }) => ({ type: "tool_call_response", id: callId, result: output }))
      }
  }
}

/** The newest messages of a conversation that fit into `Limits.spanContentCharactersMax`; at least one. */
export const recentMessages = (messages: ReadonlyArray<Message>): ReadonlyArray<Json> => {
  const recent: Array<Json> = []
  let characters = 0
  for (const message of messages.toReversed()) {
    const shown = inputMessage(message)
    characters += JSON.stringify(shown).length
    if (characters > Limits.spanContentCharactersMax && recent.length > 0) break
    recent.push(shown)
  }
  return recent.toReversed()
}

/** Content as the text of an attribute: JSON, without secrets, cut off at `Limits.spanContentCharactersMax`. */
export const textOf = (content: Json): string => {
  const text = typeof content === "string" ? maskSecrets(content) : JSON.stringify(maskJson(content))
  return text.slice(0, Limits.spanContentCharactersMax)
}
