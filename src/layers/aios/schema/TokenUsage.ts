/**
 * Facts that a model turn leaves in the journal: tokens used, and the model that was asked before.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Tokens of one model call. `inputTokens` excludes the cached ones.
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
 * Tokens of every kind, together.
 *
 * @since 0.1.0
 * @category conversions
 */
export const totalTokens = (usage: TokenUsage): number =>
  usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens

/**
 * That another model answered than the one that was asked: `from` is the name of the latter, `reason` is why it did not
 * answer, a reason of {@link ModelError} or `CircuitOpen`.
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
