import { afterAll, afterEach, assert, describe, it } from "@effect/vitest"
import { vi } from "vitest"
import { breathe } from "../support/breathe.js"
import { actorMutants } from "./mutants/actors.js"
import { approvalMutants } from "./mutants/approvals.js"
import { journalMutants } from "./mutants/journal.js"
import { modeMutants } from "./mutants/modes.js"
import { type Mutant, simulate } from "./mutants/Mutant.js"
import { steeringMutants } from "./mutants/steering.js"
import { tickMutants } from "./mutants/tick.js"

const seedsMax = 200
const timeoutMs = 120_000

const mutants = [
  ...journalMutants,
  ...tickMutants,
  ...modeMutants,
  ...actorMutants,
  ...approvalMutants,
  ...steeringMutants
]
const catches: Array<{ readonly mutant: string; readonly seed: number; readonly invariant: string }> = []

// The invariant that a seed breaks with a mutant, or with the unbroken product.
const shows = (mutant: Mutant, seed: number, sabotage: Mutant["sabotage"]): string | undefined => {
  const live = () => {
    try {
      return simulate(mutant, seed, sabotage() ?? {})
    } finally {
      vi.restoreAllMocks()
    }
  }
  const { digest, violations } = live()
  if (violations[0] !== undefined) return violations[0].invariant
  return mutant.twice === true && live().digest !== digest ? "the same seed gives the same digest" : undefined
}

const seeds = Array.from({ length: seedsMax }, (_, seed) => seed)

afterEach(async () => {
  vi.restoreAllMocks()
  await breathe()
})

afterAll(() => console.table(catches))

describe("the simulator catches", () => {
  for (const mutant of mutants) {
    it.skipIf(mutant.missed)(
      mutant.missed === undefined ? mutant.name : `${mutant.name} (skipped: ${mutant.missed})`,
      async () => {
        for (const seed of seeds) {
          await breathe()
          const invariant = shows(mutant, seed, mutant.sabotage)
          if (invariant === undefined) continue
          catches.push({ mutant: mutant.name, seed, invariant })
          return
        }
        assert.fail(`${seedsMax} seeds showed nothing`)
      },
      timeoutMs
    )
  }
})

describe("the unbroken product", () => {
  it(
    "the unbroken product passes every seed that a mutant needed",
    async () => {
      const checked = new Set<string>()
      for (const mutant of mutants) {
        const last = catches.find((caught) => caught.mutant === mutant.name)?.seed ?? 0
        for (const seed of seeds.slice(0, last + 1)) {
          const run = `${mutant.program === undefined ? "the world" : mutant.name}, seed ${seed}`
          if (checked.has(run)) continue
          checked.add(run)
          await breathe()
          assert.strictEqual(
            shows(mutant, seed, () => {}),
            undefined,
            run
          )
        }
      }
    },
    timeoutMs
  )
})
