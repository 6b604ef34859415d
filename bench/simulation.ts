/**
 * Rate at which whole systems of agents live in virtual time.
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
 * - 1 000 agents in one simulation, one tick each under faults and one run without
 * - one seed in this process and in another one
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { Context, Effect, Exit, Layer, Random } from "effect"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import { isRawKind, ToolHarness } from "../src/layers/aios/index.js"
import { ScriptedModel } from "../src/layers/arcan/index.js"
import { Simulation, world } from "../src/simulation/index.js"
import { Kernel } from "../src/simulation/Kernel.js"
import { type Figure, interleave, milliseconds, quick, report } from "./harness.js"
import { endlessBudget, expectEqual, harness, thresholds, toolInput } from "./support/world.js"

const rounds = 3
const limits = { virtualMsMax: Number.MAX_SAFE_INTEGER, tasksMax: Number.MAX_SAFE_INTEGER }

const sleepers = 100
const sleeps = quick ? 10 : 200

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

/** Agents at work execute most of their calls. Faults lead to modes that deny some. */
const executed = (result: Simulation.SimulationResult<unknown, unknown>) => {
  const records = result.history.sessions.flatMap((session) => session.records)
  const statuses = records.flatMap(({ kind }) => (!isRawKind(kind) && kind.type === "ToolResult" ? [kind.status] : []))
  const denied = statuses.filter((status) => status === "denied").length
  expectEqual(`${denied} of ${statuses.length} calls denied, fewer than half`, denied * 2 < statuses.length, true)
  return result
}

const seeds = quick ? [1] : [1, 2, 3, 4, 5, 6]

type Program = Effect.Effect<unknown, unknown, Simulation.SimulationServices>

const ratePerSecond = async (program: Program, options = {}, check = checked<unknown, unknown>) => {
  const results: Array<Simulation.SimulationResult<unknown, unknown>> = []
  const ms = await milliseconds(() => {
    for (const seed of seeds) results.push(Simulation.run(program, { seed, faults: "all", ...options }))
  })
  return (results.map(check).reduce((ticks, result) => ticks + ticksOf(result), 0) * 1_000) / ms
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

const agentsAtWork = quick ? 3 : 20
const ticksEach = quick ? 16 : 40

// An agent that is told of a failure tries again a second later.
const work = many(agentsAtWork, (name) =>
  Effect.gen(function* () {
    const agent = yield* hold(name)
    const { run, tick } = yield* agent.snapshot
    if (run === undefined && tick >= ticksEach) return true
    yield* run === undefined ? agent.run("Work.", { budget: endlessBudget }) : agent.outcome
    return false
  }).pipe(
    Effect.orElse(() => Effect.delay(Effect.succeed(false), "1 second")),
    Effect.repeat({ until: (done) => done })
  )
)

const turn = (turn: number) =>
  turn % 4 === 3 ? { content: "Done." } : ScriptedModel.call("poke", toolInput(`${turn}`), `${turn}`)

const briskModel = ScriptedModel.layer((_, turns) => Effect.delay(Effect.succeed(turn(turns)), "2 seconds"))

const atWork = { model: briskModel, tools: harness, thresholds }

// Delay of the model and the tools of an agent that is in no hurry.
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
    virtualMs = executed(checked(Simulation.run(work, { seed: 1, ...patience }))).virtualMs
  })
  return (virtualMs * agentsAtWork * 60_000) / dayMs / ms
}

const crowdAgents = quick ? 3 : 1_000

const crowd = (): Promise<number> =>
  milliseconds(() => {
    const { history } = checked(Simulation.run(world({ agents: crowdAgents, ticks: 1 }), { seed: 1 }))
    expectEqual(`sessions, ${crowdAgents} at least`, history.sessions.length >= crowdAgents, true)
  })

const smallWorld = world({ agents: 3, ticks: quick ? 5 : 40 })

const digestOf = (): string => Simulation.run(smallWorld, { seed: 7, faults: "all" }).digest

const distinctDigests = (): number => {
  const args = [...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2), "--digest"]
  const other = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 120_000 })
  expectEqual("exit code of the other process", other.status, 0)
  return new Set([digestOf(), digestOf(), other.stdout.trim()]).size
}

const measure = async (): Promise<ReadonlyArray<Figure>> => {
  const rates = await interleave(rounds, {
    ticks: () => ratePerSecond(work, atWork, (result) => executed(checked(result))),
    worldTicks: () => ratePerSecond(smallWorld),
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
