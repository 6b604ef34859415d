import { assert, describe, it } from "@effect/vitest"
import { type Pressure, rulingOf } from "../../../src/machines/context/pressure.js"
import { calibrate } from "../../../src/machines/context/tokens.js"

const rule = (change: Partial<Pressure>) =>
  rulingOf({ share: 0.7, mode: "Execute", errorStreak: 0, turns: 5, calls: 5, ...change })

describe("the pressure of a conversation", () => {
  it("the pressure has no effect below the soft threshold, and always one above the hard one", () => {
    assert.strictEqual(rule({ share: 0.59, errorStreak: 9, turns: 99 }), "breathe")
    assert.strictEqual(rule({ share: 0.85, calls: 99 }), "compress")
    assert.strictEqual(rule({ share: 0.95, calls: 99 }), "emergency")
  })

  it("the pressure acts early when the agent is lost or looks around, and late when it is deep in work", () => {
    assert.strictEqual(rule({}), "breathe")
    assert.strictEqual(rule({ errorStreak: 2 }), "compress")
    assert.strictEqual(rule({ mode: "Explore" }), "compress")
    assert.strictEqual(rule({ turns: 20, calls: 30 }), "compress", "many turns, few calls")
    assert.strictEqual(rule({ turns: 20, calls: 40 }), "dilate", "two calls a turn")
  })
})

describe("the count of tokens", () => {
  const usage = (inputTokens: number) => ({ inputTokens, outputTokens: 9, cacheReadTokens: 0, cacheWriteTokens: 0 })

  it("the count of tokens follows the provider's, smoothed and within bounds", () => {
    assert.strictEqual(calibrate(undefined, 100, usage(0)), undefined)
    assert.strictEqual(calibrate(undefined, 100, usage(150)), 1.5)
    assert.strictEqual(calibrate(1.5, 100, usage(250)), 1.8)
    assert.strictEqual(calibrate(undefined, 100, usage(9_000)), 4)
    assert.strictEqual(calibrate(undefined, 100, usage(1)), 0.25)
    assert.strictEqual(calibrate(1.5, 100, usage(0)), 1.5)
  })

  it("the count of tokens includes what came from a cache", () => {
    assert.strictEqual(
      calibrate(undefined, 100, { inputTokens: 10, outputTokens: 0, cacheReadTokens: 100, cacheWriteTokens: 40 }),
      1.5
    )
  })
})
