/**
 * How fast whole systems of agents live in virtual time.
 *
 *   node --import tsx bench/simulation.ts [--json]
 *
 * Everything but model, tools and clock is the product: actors, machine, journal on SQLite (in memory), invariants after
 * each record. The floor is the simulation kernel with fibers that do nothing but sleep, in wake-ups a second.
 *
 * - ticks: `life sim` as it is run in practice, three agents, all faults, many seeds
 * - agent-days: twenty agents, each of which wakes every 30 to 90 seconds, thinks once, and sleeps again
 * - 1 000 agents in one simulation, one tick each in the storm and one run in the calm
 * - one seed in this process and in another one
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Duration, Effect, Exit, Random } from "effect"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import { ScriptedModel } from "../src/layers/arcan/index.js"
import { Simulation, world } from "../src/simulation/index.js"
import { Kernel } from "../src/simulation/Kernel.js"
import { type Figure, interleave, milliseconds, report } from "./harness.js"

const rounds = 5
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

const ticksPerSecond = async (): Promise<number> => {
  let ticks = 0
  const ms = await milliseconds(() => {
    for (const seed of seeds) {
      ticks += ticksOf(checked(Simulation.run(world({ agents: 3, ticks: 40 }), { seed, faults: "all" })))
    }
  })
  return (ticks * 1_000) / ms
}

const agentsAwake = 20
const wakesEach = 60

const daily = Effect.gen(function* () {
  const system = yield* ActorSystem
  const live = Effect.fnUntraced(function* (number: number) {
    const agent = yield* system.spawn({ name: `agent-${number}` })
    for (let wakes = 0; wakes < wakesEach; wakes++) {
      yield* Effect.sleep(yield* Random.nextIntBetween(30_000, 90_000))
      yield* agent.run("Is there anything to do?")
    }
  })
  yield* Effect.forEach(
    Array.from({ length: agentsAwake }, (_, number) => number),
    live,
    { concurrency: "unbounded", discard: true }
  )
})

const thinksOnce = ScriptedModel.layer(() =>
  Effect.delay(
    Effect.succeed({
      content: "Nothing.",
      toolCalls: [],
      usage: { inputTokens: 200, outputTokens: 5 },
      costUsd: 0.0001
    }),
    Duration.seconds(2)
  )
)

const dayMs = 86_400_000

const agentDaysPerMinute = async (): Promise<number> => {
  let virtualMs = 0
  const ms = await milliseconds(() => {
    virtualMs = checked(Simulation.run(daily, { seed: 1, model: thinksOnce })).virtualMs
  })
  return (virtualMs * agentsAwake * 60_000) / dayMs / ms
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
    ticks: ticksPerSecond,
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
    { name: "simulated agent-days a minute", value: rates.agentDays, unit: "days/min", target: "value >= 60" },
    { name: "1 000 agents in one simulation", value: (await crowd()) / 1_000, unit: "s" },
    { name: "digests of one seed in two processes", value: distinctDigests(), unit: "", target: "value <= 1" }
  ]
}

if (process.argv.includes("--digest")) console.log(digestOf())
else report(await measure())
