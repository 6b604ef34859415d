/** The arithmetic behind every published figure. */
import { assert, describe, it } from "@effect/vitest"
import { interleave, judge, median, table } from "../../bench/harness.js"

describe("the benchmark harness", () => {
  it("the benchmark harness takes the middle, or the mean of the two in the middle", () => {
    assert.strictEqual(median([9, 1, 5]), 5)
    assert.strictEqual(median([10, 9, 2, 1]), 5.5)
    assert.throws(() => median([]), /at least one round/)
  })

  it("the benchmark harness alternates the contenders and leaves the warm-up round out", async () => {
    const order: Array<string> = []
    const contender = (name: string, samples: Array<number>) => async () => {
      order.push(name)
      return samples.shift() ?? Number.NaN
    }
    const medians = await interleave(2, { a: contender("a", [100, 1, 3]), b: contender("b", [100, 5, 5]) })
    assert.deepStrictEqual(medians, { a: 2, b: 5 })
    assert.strictEqual(order.join(""), "abbaab")
  })

  it("the benchmark harness compares the ratio or the value with the target", () => {
    const figure = { name: "append", value: 50, unit: "events/ms", floor: 100 }
    assert.deepInclude(judge({ ...figure, target: "ratio >= 0.5" }), { ratio: 0.5, met: true })
    assert.deepInclude(judge({ ...figure, target: "ratio >= 0.6" }), { ratio: 0.5, met: false })
    assert.deepInclude(judge({ ...figure, target: "value <= 49" }), { met: false })
    assert.throws(() => judge({ name: "x", value: 1, unit: "ms", target: "ratio <= 2" }), /no floor/)
  })

  it("the benchmark harness marks a missed target with NO", () => {
    assert.match(table([judge({ name: "x", value: 3, unit: "ms", target: "value <= 2" })]), /^name.*\nx\s+3 ms.* NO$/)
  })
})
