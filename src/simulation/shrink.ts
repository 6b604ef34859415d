/**
 * Makes a list of departures smaller while it still fails.
 *
 * @since 0.1.0
 */
import * as fc from "fast-check"
import type { Departure } from "./Decisions.js"

/**
 * Gives the smallest list found that still fails. Leaves out whole streams first, then late departures, then single
 * departures. Asks `fails` about every candidate; the search ends when `fails` gives `undefined`.
 */
export const shrink = (
  departures: ReadonlyArray<Departure>,
  fails: (candidate: ReadonlyArray<Departure>) => boolean | undefined
): ReadonlyArray<Departure> => {
  const streams = [...new Set(departures.map(({ stream }) => stream))]
  const kept = new Set(
    smallest(streams, (candidate) => fails(departures.filter(({ stream }) => candidate.includes(stream))))
  )
  // A subarray keeps its end when it is cut. Departures after the failure cannot have caused it, so the late departures
  // stand in front.
  const latestFirst = departures.filter(({ stream }) => kept.has(stream)).toReversed()
  return smallest(latestFirst, (candidate) => fails(candidate.toReversed())).toReversed()
}

// fast-check goes from a failing example to smaller ones. A further search from its result may find a smaller one,
// because the remaining departures decide which of them can be left out.
const smallest = <A>(
  items: ReadonlyArray<A>,
  fails: (candidate: ReadonlyArray<A>) => boolean | undefined
): ReadonlyArray<A> => {
  let least = items
  for (;;) {
    const whole = [...least]
    const property = fc.property(fc.subarray(whole), (candidate) => {
      if (candidate.length === whole.length) return false
      const failed = fails(candidate)
      if (failed === undefined) throw new fc.PreconditionFailure(true)
      return !failed
    })
    const { counterexample, interrupted } = fc.check(property, { examples: [[whole]], numRuns: 1 })
    const smaller = counterexample?.[0] ?? whole
    if (interrupted || smaller.length === whole.length) return smaller
    least = smaller
  }
}
