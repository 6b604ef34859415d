/**
 * Memory of an idle agent, and the rate at which an agent takes messages.
 *
 *   node --expose-gc --import tsx bench/agents.ts [--json]
 *
 * Memory is the heap of the process after a collection, less the heap before the first agent: actors, registry, and
 * what the journal keeps in memory for them. The journal is a file, because memory of SQLite is not on the heap.
 *
 * A tell goes the whole way: into the journal (in memory here), through a tick of eight machine events, until the agent
 * is idle again. Its floor is an array as mailbox and eight calls of XState's own `transition` per message.
 */
import { Effect } from "effect"
import { transition } from "xstate"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import { initialVector } from "../src/layers/aios/index.js"
import { type AgentEvent, agentMachine, agentSnapshot, type AgentSnapshot, type Facts } from "../src/machines/index.js"
import { makeStepper } from "../src/machines/stepper.js"
import { type Figure, heapBytes, interleave, milliseconds, quick, report, withTempDirectory } from "./harness.js"
import { countOf, expectEqual, instantModel, lastTurn, makeSystem } from "./support/world.js"

const model = instantModel(() => Effect.succeed(lastTurn))

interface Weight {
  readonly heap: number
  readonly rss: number
}

/** The bytes that `agents` agents add to a process; each is spawned and, if it `runs`, finishes one short run. */
const weigh = (agents: number, runs: boolean): Promise<Weight> =>
  withTempDirectory(async (dataDir) => {
    const runtime = makeSystem(model, { dataDir, synchronous: "normal", idleAgentsMax: runs ? agents : 0 })
    const system = await runtime.runPromise(ActorSystem)
    const before = heapBytes()
    const rssBefore = process.memoryUsage.rss()
    const start = (i: number) =>
      Effect.flatMap(system.spawn({ name: `agent-${i}` }), (agent) => (runs ? agent.run("Rest.") : Effect.void))
    const numbers = Array.from({ length: agents }, (_, i) => i)
    await runtime.runPromise(Effect.forEach(numbers, start, { concurrency: 200, discard: true }))
    const heap = heapBytes() - before
    const rss = process.memoryUsage.rss() - rssBefore
    const status = runs ? "idle" : "passivated"
    const found = (await runtime.runPromise(system.list)).filter((agent) => agent.status === status)
    expectEqual(`${status} agents`, found.length, agents)
    await runtime.dispose()
    return { heap, rss }
  })

const idle = async (): Promise<ReadonlyArray<Figure>> => {
  const agents = quick ? 100 : 10_000
  const { heap, rss } = await weigh(agents, true)
  return [
    { name: "heap per idle live agent", value: heap / agents, unit: "bytes", target: "value <= 10000" },
    { name: "resident memory per idle live agent", value: rss / agents, unit: "bytes" }
  ]
}

const registered = async (): Promise<ReadonlyArray<Figure>> => {
  const agents = quick ? 100 : 100_000
  const { heap, rss } = await weigh(agents, false)
  return [
    { name: "heap per passivated agent", value: heap / agents, unit: "bytes", target: "value <= 500" },
    { name: "heap of 100 000 registered agents", value: heap / 1e6, unit: "MB", target: "value <= 150" },
    { name: "resident memory of 100 000 registered agents", value: rss / 1e6, unit: "MB" }
  ]
}

const agents = 50
const tellsPerAgent = quick ? 2 : 40
const tells = agents * tellsPerAgent

const facts: Facts = { gauges: initialVector, waiting: 0, unverified: 0, over: "no run is open" }

const tick: ReadonlyArray<AgentEvent> = [
  { type: "Perceive", news: true },
  { type: "Orient" },
  { type: "Decide", granted: 0, ...facts },
  { type: "Act" },
  { type: "Observe", unverified: 0 },
  { type: "Learn" },
  { type: "Regulate", ...facts },
  { type: "Report" }
]

class PlainAgent {
  private readonly mailbox: Array<string> = []
  snapshot: AgentSnapshot = agentSnapshot("Sleep", { phase: "perceive" })

  tell(message: string): void {
    this.mailbox.push(message)
  }

  drain(): void {
    while (this.mailbox.shift() !== undefined) {
      for (const event of tick) [this.snapshot] = transition(agentMachine, this.snapshot, event)
    }
  }
}

const tellPlain = () => {
  const plain = Array.from({ length: agents }, () => new PlainAgent())
  for (let i = 0; i < tellsPerAgent; i++) {
    for (const agent of plain) {
      agent.tell("hello")
      agent.drain()
    }
  }
}

const step = makeStepper(agentMachine)

const stepTells = () => {
  let snapshot = agentSnapshot("Sleep", { phase: "perceive" })
  for (let i = 0; i < tells; i++) for (const event of tick) snapshot = step(snapshot, event).snapshot
}

const messages = async (): Promise<ReadonlyArray<Figure>> => {
  const runtime = makeSystem(model)
  const told = await runtime.runPromise(
    Effect.gen(function* () {
      const system = yield* ActorSystem
      return yield* Effect.forEach(Array.from({ length: agents }), (_, i) => system.spawn({ name: `told-${i}` }))
    })
  )
  const tellAll = Effect.gen(function* () {
    const system = yield* ActorSystem
    yield* Effect.forEach(told, (agent) => Effect.repeatN(agent.tell("hello"), tellsPerAgent - 1), {
      concurrency: "unbounded",
      discard: true
    })
    while ((yield* system.list).some(({ status }) => status === "awake")) yield* Effect.yieldNow({ priority: 1 })
  })
  const perSecond = async (run: () => unknown) => (tells * 1_000) / (await milliseconds(run))
  let tellsEach = 0
  const rates = await interleave(9, {
    life: () => {
      tellsEach += tellsPerAgent
      return perSecond(() => runtime.runPromise(tellAll))
    },
    plain: () => perSecond(tellPlain),
    stepper: () => perSecond(stepTells)
  })
  for (const agent of told) {
    const kept = await runtime.runPromise(countOf(agent.sessionId, "UserMessage"))
    expectEqual(`messages of ${agent.name}`, kept, tellsEach)
  }
  await runtime.dispose()
  return [
    {
      name: "tells, journaled and perceived",
      value: rates.life,
      unit: "/s",
      floor: rates.plain,
      target: "ratio >= 0.5"
    },
    { name: "ticks of the machine alone", value: rates.stepper, unit: "/s", floor: rates.plain, target: "ratio >= 0.5" }
  ]
}

report([...(await messages()), ...(await idle()), ...(await registered())])
