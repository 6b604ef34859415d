/**
 * What a call to a Claude model costs.
 */
import type { TokenUsage } from "../../aios/index.js"

/** US dollars per million tokens. */
interface Price {
  readonly input: number
  readonly output: number
  /** Kept for five minutes, which is what the request mapping asks for. */
  readonly cacheWrite: number
  readonly cacheRead: number
}

const price = (input: number, output: number, cacheRead: number): Price => ({
  input,
  output,
  cacheWrite: input * 1.25,
  cacheRead
})

// List prices as of 2026-10-24, https://platform.claude.com/docs/en/about-claude/pricing.
const prices: ReadonlyMap<string, Price> = new Map([
  ["claude-fable-5-1", price(10, 50, 0.25)],
  ["claude-mythos-5-1", price(10, 50, 0.25)],
  ["claude-fable-5", price(10, 50, 1)],
  ["claude-mythos-5", price(10, 50, 1)],
  ["claude-opus-5-5", price(4, 20, 0.2)],
  ["claude-opus-5", price(5, 25, 0.5)],
  ["claude-opus-4-8", price(5, 25, 0.5)],
  ["claude-opus-4-7", price(5, 25, 0.5)],
  ["claude-opus-4-6", price(5, 25, 0.5)],
  ["claude-opus-4-5", price(5, 25, 0.5)],
  ["claude-sonnet-5-5", price(2, 10, 0.1)],
  ["claude-sonnet-5", price(2, 10, 0.2)],
  ["claude-sonnet-4-6", price(3, 15, 0.3)],
  ["claude-sonnet-4-5", price(3, 15, 0.3)],
  ["claude-haiku-5-5", price(0.1, 0.5, 0.01)],
  ["claude-haiku-4-5", price(1, 5, 0.1)]
])

// A longer prompt makes every token of a claude-haiku-5-5 request five times as dear.
const haikuShortPromptTokensMax = 100_000
const haikuLongPrompt = price(0.5, 2.5, 0.05)

/** The price in US dollars of one answer by `model`, dated names included; `undefined` for a model without a price. */
export const costUsd = (model: string, usage: TokenUsage): number | undefined => {
  const name = model.replace(/-\d{8}$/, "")
  const promptTokens = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  const rate =
    name === "claude-haiku-5-5" && promptTokens > haikuShortPromptTokensMax ? haikuLongPrompt : prices.get(name)
  if (rate === undefined) return undefined
  const dollars =
    usage.inputTokens * rate.input +
    usage.outputTokens * rate.output +
    usage.cacheWriteTokens * rate.cacheWrite +
    usage.cacheReadTokens * rate.cacheRead
  return dollars / 1_000_000
}
