/**
 * Sizes of messages: the token estimate of a message, and a message with its long texts cut.
 *
 * @since 0.1.0
 */
import { estimateTokens, excerpt, type Json, type Message } from "../../layers/aios/index.js"

/**
 * The token estimate for one message.
 *
 * @since 0.1.0
 * @category estimates
 */
export const messageTokens = (message: Message): number => {
  if (message.role === "tool") return estimateTokens(JSON.stringify(message.results).length)
  const content = estimateTokens(message.content.length)
  if (message.role === "user") return content
  return (
    message.toolCalls.reduce((sum, { input }) => sum + estimateTokens(JSON.stringify(input).length), content) +
    (message.other === undefined ? 0 : estimateTokens(JSON.stringify(message.other).length))
  )
}

/**
 * Number of texts in a message that can be cut: its content, the inputs of its calls, its results.
 *
 * @since 0.1.0
 * @category getters
 */
export const piecesOf = (message: Message): number =>
  message.role === "tool" ? message.results.length : message.role === "assistant" ? 1 + message.toolCalls.length : 1

/**
 * Cuts every text of a message to `charactersMax`. Calls and results keep their ids, so that they still belong
 * together. Blocks of the provider stay unchanged, because the provider refuses altered blocks.
 *
 * @since 0.1.0
 * @category combinators
 */
export const trimMessage = (message: Message, charactersMax: number): Message => {
  switch (message.role) {
    case "user":
      return { ...message, content: excerpt(message.content, charactersMax) }
    case "assistant":
      return {
        ...message,
        content: excerpt(message.content, charactersMax),
        toolCalls: message.toolCalls.map((call) => ({ ...call, input: trimInput(call.input, charactersMax) }))
      }
    case "tool":
      return {
        ...message,
        results: message.results.map((result) => ({ ...result, output: trimOutput(result.output, charactersMax) }))
      }
  }
}

const trimOutput = (output: Json, charactersMax: number): Json => {
  const text = typeof output === "string" ? output : JSON.stringify(output)
  return text.length <= charactersMax ? output : excerpt(text, charactersMax)
}

// An input stays an object, because providers accept objects only.
const trimInput = (input: Json, charactersMax: number): Json => {
  if (JSON.stringify(input).length <= charactersMax) return input
  const trimmed = trimStrings(input, charactersMax)
  const length = JSON.stringify(trimmed).length
  return length <= 2 * charactersMax ? trimmed : { leftOut: `${length} characters of this input` }
}

const trimStrings = (value: Json, charactersMax: number): Json => {
  if (typeof value === "string") return excerpt(value, charactersMax)
  if (typeof value !== "object" || value === null) return value
  if (isList(value)) return value.map((item) => trimStrings(item, charactersMax))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, trimStrings(item, charactersMax)]))
}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
