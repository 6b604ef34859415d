/** Time and randomness of the host while a simulation runs: those of the simulation, and put back after it. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Simulation } from "../../src/simulation/index.js"

// Calls of a library that knows nothing of Effect.
const leaky = Effect.gen(function* () {
  const from = new Date()
  yield* Effect.sleep("1 hour")
  return {
    from: from.toISOString(),
    passedMs: Date.now() - from.getTime(),
    isDate: from instanceof Date && new Date(0) instanceof Date,
    parsed: Date.parse("2026-01-01T00:00:00Z"),
    called: Date(),
    performance: performance.now(),
    random: [Math.random(), Math.random()],
    uuid: crypto.randomUUID(),
    bytes: [...crypto.getRandomValues(new Uint8Array(8))]
  }
})

const seenBy = (seed: number) => {
  const { exit } = Simulation.run(leaky, { seed })
  assert(exit?._tag === "Success")
  return exit.value
}

describe("the host in a simulation", () => {
  it("the host in a simulation has virtual time", () => {
    const { from, isDate, parsed, passedMs, performance } = seenBy(1)
    assert.strictEqual(from, "2026-01-01T00:00:00.000Z")
    assert.strictEqual(passedMs, 3_600_000)
    assert.strictEqual(performance, parsed + passedMs)
    assert.isTrue(isDate)
  })

  it("the host in a simulation draws its random numbers from the seed", () => {
    assert.deepStrictEqual(seenBy(1), seenBy(1))
    const [one, two] = [seenBy(1), seenBy(2)]
    assert.notDeepEqual(one.random, two.random)
    assert.notStrictEqual(one.uuid, two.uuid)
    assert.match(one.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it("the host in a simulation has no timers, and says what to use instead", () => {
    for (const timer of [setTimeout, setInterval, setImmediate]) {
      const start = globalThis[timer.name as "setTimeout"]
      assert.strictEqual(start, timer)
      const { violations } = Simulation.run(
        Effect.sync(() => globalThis[timer.name as "setTimeout"](() => {}, 1)),
        { seed: 1 }
      )
      assert.include(violations[0]?.message, `${timer.name} was called in a simulation`)
      assert.include(violations[0]?.message, "Effect.sleep")
    }
  })

  it("the host is put back when the simulation ends, also when it cannot go on", () => {
    const host = () => [Date, Date.now, Math.random, performance.now, setTimeout, setInterval, crypto.randomUUID]
    const before = host()
    Simulation.run(Effect.never, { seed: 1 })
    assert.deepStrictEqual(host(), before)
    assert.isAbove(Date.now(), Date.parse("2026-01-02T00:00:00Z"))
  })
})
