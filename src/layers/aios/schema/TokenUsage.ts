/**
 * Parts of a model turn's record: the tokens used, and the model that was asked before.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Tokens of one model call. `inputTokens` excludes cached tokens.
 *
 * @since 0.1.0
 * @category models
 */
export const TokenUsage = Schema.Struct({
  inputTokens: Schema.Int,
  outputTokens: Schema.Int,
  cacheReadTokens: Schema.optionalWith(Schema.Int, { default: () => 0 }),
  cacheWriteTokens: Schema.optionalWith(Schema.Int, { default: () => 0 })
})

/**
 * @since 0.1.0
 * @category models
 */
export type TokenUsage = typeof TokenUsage.Type

/**
 * Sum of the tokens of every kind.
 *
 * @since 0.1.0
 * @category conversions
 */
export const totalTokens = (usage: TokenUsage): number =>
  usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens

/**
 * Fallback to another model. `from` names the model that was asked and did not answer. `reason` says why it did not: a
 * reason of {@link ModelError}, or `CircuitOpen`.
 *
 * @since 0.1.0
 * @category models
 */
export const ModelFallback = Schema.Struct({ from: Schema.String, reason: Schema.String })

/**
 * @since 0.1.0
 * @category models
 */
export type ModelFallback = typeof ModelFallback.Type
