import { assert, describe, it } from "@effect/vitest"
import { costUsd } from "../../../src/layers/arcan/prices.js"
import table from "../../../src/layers/arcan/prices.json" with { type: "json" }

const usage = { inputTokens: 1_000_000, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

describe("the prices", () => {
  it("the prices match a name exactly or not at all", () => {
    assert.strictEqual(costUsd("openai", "gpt-4o-mini", usage), 0.15)
    for (const [provider, model] of [
      ["openai", "gpt-4o-mini-2099-01-01"],
      ["openai", "gpt-4o-minimal"],
      ["openai", "claude-sonnet-5-5"],
      ["anthropic", "claude-sonnet-4-5-20991231"],
      ["ollama", "gpt-4o"],
      ["openai", "constructor"],
      ["toString", "x"]
    ] as const) {
      assert.strictEqual(costUsd(provider, model, usage), undefined, `${provider} ${model}`)
    }
  })

  it("the prices of a dated name are those of the model it stands for, and every alias stands for one", () => {
    for (const [provider, { aliases, models }] of Object.entries(table)) {
      for (const [alias, model] of Object.entries(aliases)) {
        assert.property(models, model)
        assert.strictEqual(costUsd(provider, alias, usage), costUsd(provider, model, usage))
      }
    }
  })

  it("the prices of a long prompt count for the whole request", () => {
    const long = { ...usage, inputTokens: 100_000, cacheReadTokens: 172_001, outputTokens: 10 }
    assert.closeTo(costUsd("openai", "gpt-5.4", long) ?? 0, (100_000 * 5 + 172_001 * 0.5 + 10 * 22.5) / 1e6, 1e-9)
    const short = { ...long, cacheReadTokens: 172_000 }
    assert.closeTo(costUsd("openai", "gpt-5.4", short) ?? 0, (100_000 * 2.5 + 172_000 * 0.25 + 10 * 15) / 1e6, 1e-9)
  })

  it("the prices are unknown where a part of the usage has no price", () => {
    assert.strictEqual(costUsd("openai", "gpt-4o", { ...usage, cacheWriteTokens: 1 }), undefined)
  })

  it("the prices are numbers above zero, and a cached token is never dearer than a fresh one", () => {
    for (const { models } of Object.values(table)) {
      for (const [name, price] of Object.entries(models)) {
        assert.isAbove(price.input, 0, name)
        assert.isAtLeast(price.output, price.input, name)
        assert.isAtMost(price.cacheRead, price.input, name)
      }
    }
  })
})
