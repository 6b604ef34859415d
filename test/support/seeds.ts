/**
 * Seeds and departures for tests that name the moment at which something strikes.
 */
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { type Departure, type Fault, Simulation } from "../../src/simulation/index.js"

/** A seed whose swarm has these faults on. */
export const seedWith = (...faults: ReadonlyArray<Fault>): number => {
  const seed = Array.from({ length: 200 }, (_, candidate) => candidate).find(
    (candidate) => Object.keys(Simulation.run(Effect.void, { seed: candidate, faults }).faults).length === faults.length
  )
  assert(seed !== undefined)
  return seed
}

/** The process dies before the task with this number. */
export const crashAt = (draw: number): ReadonlyArray<Departure> => [{ stream: "fault:crash", draw, value: 1 }]
