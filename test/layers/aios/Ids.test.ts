import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { Ids } from "../../../src/layers/aios/index.js"

const take = (seed: number, times: ReadonlyArray<number>) =>
  Effect.provide(
    Effect.map(Ids, ({ ulidAt }) => times.map(ulidAt)),
    Ids.layerSeeded(seed)
  )

describe("ids", () => {
  it("ids carry the time in their first ten characters", () => {
    const [id = ""] = Effect.runSync(take(1, [1_469_918_176_385]))
    assert.strictEqual(id.slice(0, 10), "01ARYZ6S41")
    assert.match(id, /^[0-9A-HJKMNP-TV-Z]{26}$/)
  })

  it("ids sort in the order in which they were made, also when the clock stands still or goes back", () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat({ max: 2 ** 47 }), { maxLength: 200 }), (seed, times) => {
        const ids = Effect.runSync(take(seed, times))
        assert.deepStrictEqual(ids, [...ids].toSorted())
        assert.strictEqual(new Set(ids).size, ids.length)
      }),
      { seed: 5 }
    )
  })

  it("ids carry over when the last digit is used up within a millisecond", () => {
    const ids = Effect.runSync(
      take(
        7,
        Array.from({ length: 5_000 }, () => 1_000)
      )
    )
    assert.strictEqual(new Set(ids).size, 5_000)
    assert.deepStrictEqual(ids, [...ids].toSorted())
  })

  it("ids are the same for the same seed and others for another", () => {
    assert.deepStrictEqual(Effect.runSync(take(1, [5, 6])), Effect.runSync(take(1, [5, 6])))
    assert.notDeepEqual(Effect.runSync(take(1, [5, 6])), Effect.runSync(take(2, [5, 6])))
  })

  it.effect("ids from the operating system do not repeat", () =>
    Effect.gen(function* () {
      const { ulid } = yield* Ids
      const ids = yield* Effect.all(Array.from({ length: 1_000 }, () => ulid))
      assert.strictEqual(new Set(ids).size, 1_000)
    }).pipe(Effect.provide(Ids.layer))
  )
})
