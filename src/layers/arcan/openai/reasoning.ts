/**
 * What a model thought, on its way from a server and back to it. Servers disagree about the name of the field, and some
 * demand the thoughts back while tools are at work; OpenAI's own shows none.
 */
import { Schema } from "effect"
import type { Json } from "../../aios/index.js"

/** The fields under which thoughts come. */
export const reasoningFields = ["reasoning_content", "reasoning"] as const

const Reasoning = Schema.Struct({
  type: Schema.Literal("reasoning"),
  provider: Schema.String,
  field: Schema.Literal(...reasoningFields),
  text: Schema.String
})

/** What is kept of it with an answer. */
export type Reasoning = typeof Reasoning.Type

const isReasoning = Schema.is(Reasoning)

/** The thoughts as the provider they came from wants them back. To any other they would be an unknown field. */
export const reasoningFor = (provider: string, other: ReadonlyArray<Json>): { readonly [field: string]: string } => {
  const own = other.filter(isReasoning).filter((reasoning) => reasoning.provider === provider)
  return Object.fromEntries(own.map(({ field, text }) => [field, text]))
}
