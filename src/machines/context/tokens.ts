/**
 * How many tokens a text will be: an estimate, corrected by what the provider counted so far.
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

// The tools of a system are one list for all its life, and writing them out for every request would cost more than the
// rest of a tick.
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
 * What the provider counted for each token we estimated, after one more answer: a smoothed and bounded factor. Answers
 * without a count change nothing.
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
 * An estimate in the provider's tokens.
 *
 * @since 0.1.0
 * @category estimates
 */
export const calibrated = (estimated: number, calibration = 1): number => Math.ceil(estimated * calibration)
