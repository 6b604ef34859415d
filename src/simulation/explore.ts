/**
 * Looks for a seed under which a program fails, and for the few choices that make it fail.
 *
 * @since 0.1.0
 */
import { Clock, Effect } from "effect"
import type { Departure } from "./Decisions.js"
import { SimulationError } from "./Kernel.js"
import { run, type SimulationOptions, type SimulationServices } from "./Simulation.js"
import type { SimulationResult } from "./SimulationResult.js"
import { shrink } from "./shrink.js"

/**
 * Seeds to try, and limits of the search.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExploreOptions extends Omit<SimulationOptions, "seed" | "replay"> {
  /** The seeds in the order in which they are tried. */
  readonly seeds: { readonly from: number; readonly count: number } | ReadonlyArray<number>
  /**
   * Makes options anew for each run, for a world outside the simulated process that a run changes: the tools and the
   * invariants that share such a world. They replace the other options of the same name.
   *
   * @default none
   */
  readonly fresh?: () => Partial<Omit<SimulationOptions, "seed" | "replay">>
  /** True to look for fewer departures that show the same violation. @default true */
  readonly shrink?: boolean
  /** Runs that shrinking may take. @default 500 */
  readonly shrinkRunsMax?: number
  /** Milliseconds of the host after which no further run begins. @default none */
  readonly timeBudgetMs?: number
}

/**
 * A seed under which an invariant does not hold. To see the violation again, give `shrunk.departures` to
 * {@link SimulationOptions.replay}, with the other options unchanged.
 *
 * @since 0.1.0
 * @category models
 */
export interface Finding<A, E> {
  readonly seed: number
  readonly result: SimulationResult<A, E>
  /** The same violation from the fewest departures that were found to be enough. */
  readonly shrunk: { readonly departures: ReadonlyArray<Departure>; readonly result: SimulationResult<A, E> }
  /** Number of simulations that were run, including those of shrinking. */
  readonly runs: number
  /**
   * False if the same choices gave another digest: state outside the simulation goes on from run to run. The finding is
   * then not shrunk.
   */
  readonly repeats: boolean
}

const shrinkRunsMaxDefault = 500

/**
 * Runs a program under one seed after the other until an invariant is violated or the program fails. Then leaves out
 * departures as long as the same invariant is violated. Gives `undefined` when no seed shows a violation.
 *
 * Synchronous. Throws nothing but a {@link SimulationError} for invalid options.
 *
 * @since 0.1.0
 * @category running
 * @example
 * ```ts
 * import { Simulation, world } from "life-agent-os/simulation"
 *
 * const finding = Simulation.explore(world({ agents: 2, ticks: 10 }), {
 *   seeds: { from: 1, count: 20 },
 *   faults: "all"
 * })
 * console.log(finding === undefined ? "nothing found" : Simulation.report(finding))
 * ```
 */
export const explore = <A, E>(
  program: Effect.Effect<A, E, SimulationServices>,
  options: ExploreOptions
): Finding<A, E> | undefined => {
  const { fresh, seeds, shrinkRunsMax = shrinkRunsMaxDefault, timeBudgetMs, ...simulation } = options
  const shrinks = options.shrink ?? true
  const attempt = (seed: number, replay?: ReadonlyArray<Departure>) =>
    run(program, { ...simulation, ...fresh?.(), seed, ...(replay && { replay }) })
  const inTime = timeBudget(timeBudgetMs)
  let runs = 0
  for (const seed of listOf(seeds)) {
    if (!inTime()) return undefined
    runs++
    const result = attempt(seed)
    const [violation] = result.violations
    if (violation === undefined) continue
    let shrunk = { departures: result.departures, result }
    runs++
    const repeats = attempt(seed, result.departures).digest === result.digest
    const runsEnd = runs + (shrinks && repeats ? shrinkRunsMax : 0)
    shrink(result.departures, (departures) => {
      if (runs >= runsEnd || !inTime()) return undefined
      runs++
      const smaller = attempt(seed, departures)
      const same = smaller.violations.some(({ invariant }) => invariant === violation.invariant)
      // A run may not reach every departure that it was given: only the departures that it used count.
      if (same && smaller.departures.length <= shrunk.departures.length) {
        shrunk = { departures: smaller.departures, result: smaller }
      }
      return same
    })
    return { seed, result, shrunk, runs, repeats }
  }
  return undefined
}

/**
 * Says in a few lines which invariant does not hold and how to see the violation again: as `command` with the seed, or
 * without a `command` as a call of {@link run} with the options of the search.
 *
 * @since 0.1.0
 * @category rendering
 */
export const report = <A, E>({ repeats, result, runs, seed, shrunk }: Finding<A, E>, command?: string): string => {
  const [first] = result.violations
  const violation = shrunk.result.violations.find(({ invariant }) => invariant === first?.invariant)
  const where =
    violation?.sessionId === undefined ? "" : ` (${violation.sessionId} at ${violation.sequence ?? "a call"})`
  const replay =
    command === undefined
      ? `Simulation.run(program, { ...options, ...options.fresh?.(), ${JSON.stringify({ seed, replay: shrunk.departures }).slice(1, -1)} })`
      : `${command} --seed ${seed}`
  return [
    `seed ${seed}: ${violation?.invariant} does not hold${where}: ${violation?.message}`,
    repeats
      ? `${shrunk.departures.length} of ${result.departures.length} departures are enough, found in ${runs} runs`
      : "the same choices gave another run: state outside the simulation goes on from run to run; make it in `fresh`",
    `replay: ${replay}`
  ].join("\n")
}

const listOf = (seeds: ExploreOptions["seeds"]): ReadonlyArray<number> => {
  if (!("count" in seeds)) return seeds
  if (!Number.isSafeInteger(seeds.count) || seeds.count < 1) {
    throw new SimulationError({
      reason: "InvalidOptions",
      message: `seeds.count is a whole number of at least 1, not ${seeds.count}`
    })
  }
  return Array.from({ length: seeds.count }, (_, index) => seeds.from + index)
}

// The time of the host, which no simulated program ever sees.
const timeBudget = (budgetMs: number | undefined): (() => boolean) => {
  if (budgetMs === undefined) return () => true
  const now = () => Effect.runSync(Clock.currentTimeMillis)
  const end = now() + budgetMs
  return () => now() < end
}
