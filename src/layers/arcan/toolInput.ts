/**
 * The input of a tool call, received from a model and sent back to one.
 *
 * @since 0.1.0
 */
import { Effect, Either, Option, Schema } from "effect"
import { Ids, Json, type ToolCallRequest } from "../aios/index.js"

/** The source of call ids. @default the ids of a live system, for a model that is built outside of one */
export const callIds: Effect.Effect<typeof Ids.Service> = Effect.flatMap(
  Effect.serviceOption(Ids),
  Option.match({ onNone: () => Effect.provide(Ids, Ids.layer), onSome: Effect.succeed })
)

const decodeInput = Schema.decodeUnknownEither(Schema.parseJson(Json))

/** A call whose input arrived as text. An empty text is an empty input; a text that is not JSON is kept unchanged. */
export const callWith = (callId: string, toolName: string, text: string): ToolCallRequest => {
  if (text === "") return { callId, toolName, input: {} }
  return Either.match(decodeInput(text), {
    onLeft: () => ({ callId, toolName, input: null, malformed: text }),
    onRight: (input) => ({ callId, toolName, input })
  })
}

/** The input in the form that the APIs accept: an object. The result of a call says the fault of any other input. */
export const inputOf = ({ input }: ToolCallRequest): { readonly [key: string]: Json } =>
  typeof input === "object" && input !== null && !isList(input) ? input : {}

const isList = (value: Json): value is ReadonlyArray<Json> => Array.isArray(value)
