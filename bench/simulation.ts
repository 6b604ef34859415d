/**
 * How fast whole systems of agents live in virtual time.
 *
 *   node --import tsx bench/simulation.ts [--json]
 *
 * Everything but model, tools and clock is the product: actors, machine, journal on SQLite (in memory), invariants after
 * each record. The floor is the simulation kernel with fibers that do nothing but sleep, in wake-ups a second.
 *
 * - ticks: twenty agents at work, run after run of thinking and calling tools, all faults, many seeds
 * - ticks of the world: `life sim` as it is run in practice, whose people, families and web pages cost as much as the
 *   agents do; three agents, all faults, many seeds
 * - agent-days: twenty agents whose model and tools take 30 to 90 seconds, so that each ticks about once a minute
 * - 1 000 agents in one simulation, one tick each in the storm and one run in the calm
 * - one seed in this process and in another one
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Context, Effect, Exit, Layer, Random } from "effect"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import { ToolHarness } from "../src/layers/aios/index.js"
import { ScriptedModel } from "../src/layers/arcan/index.js"
import { Simulation, world } from "../src/simulation/index.js"
import { Kernel } from "../src/simulation/Kernel.js"
import { type Figure, interleave, milliseconds, report } from "./harness.js"
import { endlessBudget, harness, toolInput } from "./support/world.js"

const rounds = 3
const limits = { virtualMsMax: Number.MAX_SAFE_INTEGER, tasksMax: Number.MAX_SAFE_INTEGER }

const sleepers = 100
const sleeps = 200

const wakeUpsPerSecond = async (): Promise<number> => {
  const kernel = new Kernel(0, () => 0, limits)
  const sleeper = (number: number) => Effect.repeatN(Effect.sleep(30 + number), sleeps - 1)
  const all = Effect.forEach(
    Array.from({ length: sleepers }, (_, number) => number),
    sleeper,
    { concurrency: "unbounded", discard: true }
  )
  const ms = await milliseconds(() => kernel.run(all, { dies: () => false, jumps: () => 0 }, () => {}))
  return (sleepers * sleeps * 1_000) / ms
}

const checked = <A, E>(result: Simulation.SimulationResult<A, E>): Simulation.SimulationResult<A, E> => {
  const [violation] = result.violations
  if (violation === undefined && result.exit !== undefined && Exit.isSuccess(result.exit)) return result
  throw new Error(`seed ${result.seed} is not clean: ${violation?.message ?? result.error?.message}`)
}

const ticksOf = ({ history }: Simulation.SimulationResult<unknown, unknown>): number =>
  history.sessions.reduce((sum, { state }) => sum + state.tick, 0)

const seeds = [1, 2, 3, 4, 5, 6]

const ratePerSecond = async (program: Effect.Effect<unknown, unknown, Simulation.SimulationServices>, options = {}) => {
  let ticks = 0
  const ms = await milliseconds(() => {
    for (const seed of seeds) ticks += ticksOf(checked(Simulation.run(program, { seed, faults: "all", ...options })))
  })
  return (ticks * 1_000) / ms
}

const many = <A, E, R>(count: number, one: (name: string) => Effect.Effect<A, E, R>) =>
  Effect.forEach(
    Array.from({ length: count }, (_, number) => `agent-${number}`),
    one,
    { concurrency: "unbounded", discard: true }
  )

const hold = (name: string) =>
  Effect.flatMap(ActorSystem, (system) =>
    system.get(name).pipe(Effect.orElse(() => system.spawn({ name, sessionId: name })))
  )

const agentsAtWork = 20
const ticksEach = 40

// Whoever is told of a failure tries again a second later.
const work = many(agentsAtWork, (name) =>
  Effect.gen(function* () {
    const agent = yield* hold(name)
    const { run, tick } = yield* agent.snapshot
    if (tick >= ticksEach) return true
    yield* run === undefined ? agent.run("Work.", { budget: endlessBudget }) : agent.outcome
    return false
  }).pipe(
    Effect.orElse(() => Effect.delay(Effect.succeed(false), "1 second")),
    Effect.repeat({ until: (done) => done })
  )
)

const turn = (turn: number) =>
  turn % 4 === 3 ? { content: "Done." } : ScriptedModel.call("poke", toolInput, `${turn}`)

const quick = ScriptedModel.layer((_, turns) => Effect.delay(Effect.succeed(turn(turns)), "2 seconds"))

const thresholds = { exploreUncertainty: 1 }

const atWork = { model: quick, tools: harness, thresholds }

// Model and tools of an agent that has time.
const pause = Effect.flatMap(Random.nextIntBetween(30_000, 90_000), Effect.sleep)

const patientModel = ScriptedModel.layer((_, turns) => Effect.as(pause, turn(turns)))

const patientTools = Layer.map(harness, (context) => {
  const tools = Context.get(context, ToolHarness)
  const prepare: typeof tools.prepare = (call) =>
    Effect.map(tools.prepare(call), (prepared) => ({
      ...prepared,
      execute: (run) => Effect.zipRight(pause, prepared.execute(run))
    }))
  return Context.make(ToolHarness, { ...tools, prepare })
})

const dayMs = 86_400_000

const patience = { model: patientModel, tools: patientTools, thresholds }

const agentDaysPerMinute = async (): Promise<number> => {
  let virtualMs = 0
  const ms = await milliseconds(() => {
    virtualMs = checked(Simulation.run(work, { seed: 1, ...patience })).virtualMs
  })
  return (virtualMs * agentsAtWork * 60_000) / dayMs / ms
}

const crowd = (): Promise<number> =>
  milliseconds(() => checked(Simulation.run(world({ agents: 1_000, ticks: 1 }), { seed: 1 })))

const digestOf = (): string => Simulation.run(world({ agents: 3, ticks: 40 }), { seed: 7, faults: "all" }).digest

const distinctDigests = (): number => {
  const other = spawnSync(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), "--digest"], {
    encoding: "utf8",
    timeout: 120_000
  })
  return new Set([digestOf(), digestOf(), other.stdout.trim()]).size
}

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const rates = await interleave(rounds, {
    ticks: () => ratePerSecond(work, atWork),
    worldTicks: () => ratePerSecond(world({ agents: 3, ticks: 40 })),
    wakeUps: wakeUpsPerSecond,
    agentDays: agentDaysPerMinute
  })
  return [
    { name: "simulated wake-ups of the bare kernel", value: rates.wakeUps, unit: "/s" },
    {
      name: "simulated ticks, all faults",
      value: rates.ticks,
      unit: "/s",
      floor: rates.wakeUps,
      target: "value >= 1500"
    },
    { name: "simulated ticks of the world of life sim, all faults", value: rates.worldTicks, unit: "/s" },
    { name: "simulated agent-days a minute", value: rates.agentDays, unit: "days/min", target: "value >= 60" },
    { name: "1 000 agents in one simulation", value: (await crowd()) / 1_000, unit: "s" },
    { name: "digests of one seed in two processes", value: distinctDigests(), unit: "", target: "value <= 1" }
  ]
}

if (process.argv.includes("--digest")) console.log(digestOf())
else report(await measure())
