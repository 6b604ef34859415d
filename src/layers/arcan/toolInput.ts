/**
 * The input of a tool call on its way from a model and back to one.
 *
 * @since 0.1.0
 */
import { Either, Schema } from "effect"
import { Json, type ToolCallRequest } from "../aios/index.js"

const decodeInput = Schema.decodeUnknownEither(Schema.parseJson(Json))

/** The call whose input came in as text. No text is an empty input; one that is not JSON is kept as it came. */
export const callWith = (callId: string, toolName: string, text: string): ToolCallRequest => {
  if (text === "") return { callId, toolName, input: {} }
  return Either.match(decodeInput(text), {
    onLeft: () => ({ callId, toolName, input: null, malformed: text }),
    onRight: (input) => ({ callId, toolName, input })
  })
}

/** The input as the APIs take it back: objects only. What was wrong with another one stands in the call's result. */
export const inputOf = ({ input }: ToolCallRequest): { readonly [key: string]: Json } =>
  typeof input === "object" && input !== null && !isList(input) ? input : {}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
