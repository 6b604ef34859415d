/**
 * Thoughts of a model, received from a server and sent back to it. Servers disagree about the name of the field, and
 * some demand the thoughts back while tools are in use; OpenAI's own server shows none.
 */
import { Schema } from "effect"
import type { Json } from "../../aios/index.js"

/** Names of the field that holds thoughts. */
export const reasoningFields = ["reasoning_content", "reasoning"] as const

const Reasoning = Schema.Struct({
  type: Schema.Literal("reasoning"),
  provider: Schema.String,
  field: Schema.Literal(...reasoningFields),
  text: Schema.String
})

/** Thoughts as they are kept with an answer. */
export type Reasoning = typeof Reasoning.Type

const isReasoning = Schema.is(Reasoning)

/** The thoughts in the form that their provider wants back. Another provider gets none: the field is unknown to it. */
export const reasoningFor = (provider: string, other: ReadonlyArray<Json>): { readonly [field: string]: string } => {
  const own = other.filter(isReasoning).filter((reasoning) => reasoning.provider === provider)
  return Object.fromEntries(own.map(({ field, text }) => [field, text]))
}
