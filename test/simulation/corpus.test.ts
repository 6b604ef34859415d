/** Seeds that once showed a bug of the product. What they showed has been mended, and stays so. */
import { assert, describe, it } from "@effect/vitest"
import { Simulation, world, type WorldOptions } from "../../src/simulation/index.js"

const corpus: ReadonlyArray<readonly [seed: number, size: WorldOptions, showed: string]> = [
  [19, { agents: 3, ticks: 40 }, "a run stayed open for hours after the faults had stopped"],
  [1020, { agents: 3, ticks: 25 }, "an agent that was given up left its run open when the journal failed once more"],
  [1070, { agents: 3, ticks: 40 }, "the same, in the middle of an act"]
]

describe("a seed that once showed that", () => {
  for (const [seed, size, showed] of corpus) {
    it(`${showed} (${seed})`, () => {
      assert.deepStrictEqual(Simulation.run(world(size), { seed, faults: "all" }).violations, [])
    })
  }
})
