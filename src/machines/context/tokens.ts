/**
 * Token estimates for texts, corrected by the counts of the provider.
 *
 * @since 0.1.0
 */
import { estimateTokens, Limits, type ModelRequest, type TokenUsage } from "../../layers/aios/index.js"

/**
 * The estimate for a system prompt and the definitions of tools, which come before every conversation.
 *
 * @since 0.1.0
 * @category estimates
 */
export const fixedTokens = ({ system, tools }: Pick<ModelRequest, "system" | "tools">): number =>
  estimateTokens(system.length) + toolTokens(tools)

const known = new WeakMap<object, number>()

// The list of tools never changes in the life of a system, so its size is computed once. Encoding the tools for every
// request would cost more than the rest of a tick.
const toolTokens = (tools: ModelRequest["tools"]): number => {
  const before = known.get(tools)
  if (before !== undefined) return before
  const characters = tools.reduce(
    (sum, { description, inputSchema, name }) =>
      sum + name.length + description.length + JSON.stringify(inputSchema).length,
    0
  )
  const tokens = estimateTokens(characters)
  known.set(tools, tokens)
  return tokens
}

/**
 * The provider's tokens for each estimated token, after one more answer: a smoothed and bounded factor. An answer
 * without a count changes nothing.
 *
 * @since 0.1.0
 * @category estimates
 */
export const calibrate = (
  calibration: number | undefined,
  estimated: number,
  { cacheReadTokens, cacheWriteTokens, inputTokens }: TokenUsage
): number | undefined => {
  const counted = inputTokens + cacheReadTokens + cacheWriteTokens
  if (counted <= 0 || estimated <= 0) return calibration
  const factor = Math.min(Math.max(counted / estimated, Limits.calibrationMin), Limits.calibrationMax)
  const weight = Limits.calibrationWeight
  return rounded(calibration === undefined ? factor : calibration + weight * (factor - calibration))
}

// Four decimals, so that the number is short wherever it is stored.
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000

/**
 * Converts an estimate to the provider's tokens.
 *
 * @since 0.1.0
 * @category estimates
 */
export const calibrated = (estimated: number, calibration = 1): number => Math.ceil(estimated * calibration)
