/**
 * Tries the seeds in order until the last seed, a signal, or the end of the time budget.
 *
 * @since 0.1.0
 */
import { Clock, Duration, Effect, Fiber, Option } from "effect"
import { Simulation, world } from "../../simulation/index.js"
import { type CliError, exitCodes, failure } from "../CliError.js"
import { Output } from "../Output.js"
import type { Line } from "../render/line.js"
import { Signals } from "../Signals.js"
import type { Range } from "./parse.js"
import {
  failureLines,
  jsonLine,
  progressLine,
  replayCommand,
  type SeedResult,
  type Setting,
  summaryLines,
  Tally
} from "./report.js"

/** Settings of a sweep. */
export interface Sweep extends Setting {
  readonly seeds: Range
  readonly timeBudget: Duration.Duration | undefined
  readonly json: boolean
}

const progressEveryMs = { terminal: 100, elsewhere: 5_000 }

/** Runs one seed of a world. */
export const runSeed = (
  seed: number,
  { agents, faults, ticks }: Setting,
  onRecord: NonNullable<Simulation.SimulationOptions["onRecord"]> = () => {}
): SeedResult => Simulation.run(world({ agents, ticks }), { seed, faults, onRecord })

/** Tries the seeds with `run`; fails when one of them breaks an invariant, and when a signal ends it. */
export const sweep = Effect.fnUntraced(function* (plan: Sweep, run: (seed: number) => SeedResult) {
  const output = yield* Output
  const begun = yield* Clock.currentTimeMillis
  const budgetMs = plan.timeBudget === undefined ? Number.POSITIVE_INFINITY : Duration.toMillis(plan.timeBudget)
  const signal = yield* Effect.fork(Effect.flatMap(Signals, ({ first }) => first))
  const tally = new Tally()
  const show = progress(plan.seeds, tally, output)
  const { first, last } = plan.seeds
  let elapsedMs = 0
  let stopped: CliError | undefined
  for (let seed = first; seed <= last && elapsedMs < budgetMs && stopped === undefined; seed++) {
    const result = run(seed)
    tally.add(result)
    if (plan.json) yield* output.json(jsonLine(result))
    if (tally.failed.length === 1 && tally.failed[0] === seed) yield* tell(plan, failureLines(result, plan))
    elapsedMs = (yield* Clock.currentTimeMillis) - begun
    yield* show(elapsedMs)
    // A simulation is synchronous, so a signal can arrive only between two simulations.
    yield* Effect.sleep(0)
    stopped = yield* signalled(signal)
  }
  yield* tell(plan, summaryLines(tally, plan, elapsedMs))
  return yield* verdict(plan, tally, stopped)
})

const signalled = (signal: Fiber.Fiber<CliError>): Effect.Effect<CliError | undefined> =>
  Effect.flatMap(Fiber.poll(signal), Option.match({ onNone: () => Effect.succeed(undefined), onSome: (exit) => exit }))

// With --json, the standard output holds only the lines of the seeds, so other lines go to the standard error.
const tell = ({ json }: Sweep, lines: ReadonlyArray<Line>): Effect.Effect<void, never, Output> =>
  Effect.flatMap(Output, ({ line, note }) => Effect.forEach(lines, json ? note : line, { discard: true }))

const progress = (seeds: Range, tally: Tally, { note, showsStatus, status }: typeof Output.Service) => {
  const everyMs = showsStatus ? progressEveryMs.terminal : progressEveryMs.elsewhere
  let shownMs = 0
  return (elapsedMs: number): Effect.Effect<void> => {
    if (elapsedMs - shownMs < everyMs) return Effect.void
    shownMs = elapsedMs
    return (showsStatus ? status : note)(progressLine(tally, seeds, elapsedMs))
  }
}

const failedSeedsShownMax = 20

const verdict = (plan: Sweep, { failed, seeds }: Tally, stopped: CliError | undefined) => {
  const [first] = failed
  // A closed standard output is no failure.
  if (stopped !== undefined && stopped.exitCode !== exitCodes.SIGPIPE) return Effect.fail(stopped)
  if (first === undefined) return Effect.void
  const more = failed.length > failedSeedsShownMax ? ", …" : ""
  return failure(
    `${failed.length} of ${seeds} seeds violated an invariant: ${failed.slice(0, failedSeedsShownMax).join(", ")}${more}. ` +
      `See the first one with \`${replayCommand(first, plan)}\`.`
  )
}
