/**
 * Prices of the models of all providers: `prices.json` beside this file, in US dollars per million tokens.
 *
 * List prices as of 2026-10-24 for Anthropic (https://platform.claude.com/docs/en/about-claude/pricing) and as of
 * 2026-09-22 for OpenAI (https://developers.openai.com/api/docs/pricing). A name matches exactly or not at all; the
 * dated names of a model are under `aliases`. A model outside the table has no price, because no price is better than a
 * wrong one.
 *
 * @since 0.1.0
 */
import type { TokenUsage } from "../aios/index.js"
import table from "./prices.json" with { type: "json" }

/** US dollars per million tokens. */
interface Rates {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number
  /** Writing to the cache for five minutes, the time that the requests ask for. */
  readonly cacheWrite?: number
}

interface Price extends Rates {
  /** Rates for every token of a request whose prompt has more tokens than `above`. */
  readonly longPrompt?: Rates & { readonly above: number }
}

interface ProviderPrices {
  readonly aliases: { readonly [name: string]: string }
  readonly models: { readonly [name: string]: Price }
}

const providers: { readonly [provider: string]: ProviderPrices } = table

/** The price in US dollars of one answer; `undefined` when it is not known. */
export const costUsd = (provider: string, model: string, usage: TokenUsage): number | undefined => {
  const price = priceOf(provider, model)
  if (price === undefined) return undefined
  const { cacheReadTokens, cacheWriteTokens, inputTokens, outputTokens } = usage
  const { longPrompt } = price
  const isLong = longPrompt !== undefined && inputTokens + cacheReadTokens + cacheWriteTokens > longPrompt.above
  const rates: Rates = isLong ? longPrompt : price
  const parts = [
    [inputTokens, rates.input],
    [outputTokens, rates.output],
    [cacheReadTokens, rates.cacheRead],
    [cacheWriteTokens, rates.cacheWrite]
  ] as const
  let dollars = 0
  for (const [tokens, rate] of parts) {
    if (tokens === 0) continue
    if (rate === undefined) return undefined
    dollars += tokens * rate
  }
  return dollars / 1_000_000
}

const priceOf = (provider: string, model: string): Price | undefined => {
  const prices = own(providers, provider)
  return prices && own(prices.models, own(prices.aliases, model) ?? model)
}

// A model may have the name of a property that every object inherits, such as "constructor".
const own = <A>(record: { readonly [name: string]: A }, name: string): A | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined
