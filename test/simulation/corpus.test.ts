/** Seeds that once showed a bug of the product. The bugs are fixed, and stay so. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, world, type WorldOptions } from "../../src/simulation/index.js"

const small = { agents: 2, ticks: 12 }

const corpus: ReadonlyArray<readonly [seed: number, size: WorldOptions, showed: string]> = [
  [117, small, "a stop that failed left the run to nobody"],
  [77, small, "an agent was not woken when the reply of an append was lost"],
  [64, small, "a stop was cut off after the session had been closed"],
  [46, small, "an agent that was given up left its run open when the journal failed once more"],
  [1001, { agents: 3, ticks: 40 }, "a child was taken up again while its parent was being stopped"],
  [172, { agents: 3, ticks: 40 }, "an agent was loaded again while its last append was still on its way"],
  [644, small, "a stop that was interrupted behind its last step woke the agent, and another one had its session"],
  [642, { agents: 3, ticks: 40 }, "a call that a message interrupted did not count as a call"],
  [1088, { agents: 2, ticks: 20 }, "a run out of the queue of a stopped session began and was left to nobody"],
  [1118, { agents: 2, ticks: 20 }, "a message overtook what its agent had written before it"]
]

describe("a seed that once showed a bug", () => {
  for (const [seed, size, showed] of corpus) {
    it(`seed ${seed} no longer shows that ${showed}`, { timeout: 120_000 }, () => {
      assert.deepStrictEqual(Simulation.run(world(size), { seed, faults: "all" }).violations, [])
    })
  }
})
