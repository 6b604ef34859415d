/** A simulation that is traced is the same simulation. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Telemetry } from "../../src/layers/vigil/index.js"
import { Simulation, world } from "../../src/simulation/index.js"

const program = world({ agents: 2, ticks: 12 })

describe("a simulation", () => {
  for (const schedule of ["fifo", "random", "pct"] as const) {
    it.scopedLive(
      `a simulation has the same digest, faults and departures when its agents are traced: ${schedule}`,
      () =>
        Effect.gen(function* () {
          const memory = Telemetry.makeMemory()
          const telemetry = Layer.succeedContext(yield* Layer.build(Telemetry.layer({ exporter: memory })))
          let resumed = 0
          for (let seed = 1; seed <= 5; seed++) {
            const options = { seed, schedule, faults: "all" as const }
            const plain = Simulation.run(program, options)
            const traced = Simulation.run(program, { ...options, telemetry })
            assert.strictEqual(traced.digest, plain.digest, `seed ${seed}`)
            assert.deepStrictEqual(traced.faults, plain.faults)
            assert.deepStrictEqual(traced.departures, plain.departures)
            assert.strictEqual(traced.virtualMs, plain.virtualMs)
            const traces = ({ history }: typeof plain) =>
              history.sessions.flatMap(({ records }) => records.flatMap(({ trace }) => trace ?? []))
            assert.deepStrictEqual(traces(plain), [])
            assert.isAbove(traces(traced).length, 50)
            resumed += memory.spans.filter(({ links }) => links.length > 0).length
            memory.clear()
            // A simulation never yields to the event loop, and the test runner expects a sign of life.
            yield* Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
          }
          assert.isAbove(resumed, 0, "no run was resumed in any of these seeds")
        }),
      240_000
    )
  }

  it.scopedLive("a simulation gives its spans virtual times", () =>
    Effect.gen(function* () {
      const memory = Telemetry.makeMemory()
      const telemetry = Layer.succeedContext(yield* Layer.build(Telemetry.layer({ exporter: memory })))
      const { violations } = Simulation.run(program, { seed: 1, schedule: "fifo", telemetry })
      assert.deepStrictEqual(violations, [])
      const chats = memory.spans.filter(({ name }) => name.startsWith("chat"))
      assert.isAbove(chats.length, 10)
      for (const { startTime } of chats) assert.match(startTime, /^2026-01-0/)
      // The duration is the time that the scripted model thinks, except for a call that fails at once.
      assert.isAbove(chats.filter(({ durationMs }) => durationMs >= 200).length, chats.length / 2)
    })
  )
})
