/**
 * `life sim`: tries whole systems of agents in virtual time, with faults, seed by seed.
 *
 * @since 0.1.0
 */
import { Args, Command, Options } from "@effect/cli"
import { Effect, Either, Option } from "effect"
import { invalid, usage } from "../CliError.js"
import { flag, json, location, number, text, word } from "../options.js"
import { interruptible } from "../Signals.js"
import { parseDuration, parseFaults, parseSeeds, type Range } from "../sim/parse.js"
import { runSeed, sweep } from "../sim/sweep.js"
import { trace } from "../sim/trace.js"

const parsed = <A>(
  option: Options.Options<string | undefined>,
  parse: (given: string) => Either.Either<A, string>
): Options.Options<A | undefined> =>
  Options.mapEffect(option, (given) =>
    given === undefined ? Effect.succeed(undefined) : Either.mapLeft(parse(given), invalid)
  )

const seedsDefault: Range = { first: 1, last: 100 }
const agentsDefault = 3
const ticksDefault = 40

const options = {
  file: word("file", "The file that --trace writes to (default: the standard output)").pipe(
    Args.optional,
    Args.map(Option.getOrUndefined)
  ),
  seeds: parsed(text("seeds", "N|A..B", "Number of seeds to try, or a range of them (default: 100)"), parseSeeds),
  seed: number("seed", "Only this seed", { min: 0 }),
  trace: flag("trace", "Print every durable record of --seed as it came, one JSON line each"),
  faults: parsed(
    text(
      "faults",
      "NAMES",
      "Faults that a seed draws from: all, none, or names with commas between them (default: all)"
    ),
    parseFaults
  ),
  agents: number("agents", `Agents in the world (default: ${agentsDefault})`, { min: 1 }),
  ticks: number("ticks", `Ticks of each agent (default: ${ticksDefault})`, { min: 1 }),
  timeBudget: parsed(text("time-budget", "TIME", "Begin no seed after this time, for example 60s"), parseDuration),
  json,
  verbose: location.verbose
}

/** The command. */
export const sim = Command.make("sim", options, ({ file, json, seed, seeds, timeBudget, ...given }) =>
  Effect.gen(function* () {
    const { agents = agentsDefault, faults = "all", ticks = ticksDefault } = given
    const setting = { agents, faults, ticks }
    yield* checkTogether(given.trace, { file, json, seed, seeds, timeBudget })
    if (given.trace && seed !== undefined) return yield* interruptible(trace(seed, setting, file))
    const range = seed === undefined ? (seeds ?? seedsDefault) : { first: seed, last: seed }
    return yield* sweep({ ...setting, seeds: range, timeBudget, json }, (each) => runSeed(each, setting))
  })
).pipe(Command.withDescription("Try whole systems of agents in virtual time, with faults, seed by seed"))

interface Together {
  readonly file: string | undefined
  readonly json: boolean
  readonly seed: number | undefined
  readonly seeds: Range | undefined
  readonly timeBudget: unknown
}

const checkTogether = (tracing: boolean, { file, json, seed, seeds, timeBudget }: Together) => {
  const problem =
    seed !== undefined && (seeds !== undefined || timeBudget !== undefined)
      ? "--seed is about one seed: leave out --seeds and --time-budget"
      : tracing && seed === undefined
        ? "--trace shows one seed: add --seed S"
        : tracing && json
          ? "--trace prints JSON already: leave out --json"
          : file !== undefined && !tracing
            ? `${JSON.stringify(file)} would be the file of a trace: add --trace, or leave it out`
            : undefined
  return problem === undefined ? Effect.void : Effect.fail(usage(problem))
}
