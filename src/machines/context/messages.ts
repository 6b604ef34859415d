/**
 * Messages by size: how many tokens one is, and what is left of one when its long texts are cut.
 *
 * @since 0.1.0
 */
import { estimateTokens, excerpt, type Json, type Message } from "../../layers/aios/index.js"

/**
 * The estimate for one message.
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
 * How many texts of a message can be cut: its content, the inputs of its calls, its results.
 *
 * @since 0.1.0
 * @category getters
 */
export const piecesOf = (message: Message): number =>
  message.role === "tool" ? message.results.length : message.role === "assistant" ? 1 + message.toolCalls.length : 1

/**
 * A message none of whose texts is longer than so many characters. Calls keep their ids and results theirs, so that they
 * still belong together. Blocks of the provider stay: it refuses altered ones.
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

// An input stays an object, because providers take no other.
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
