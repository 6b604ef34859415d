/**
 * Cost of the sockets for a tick and a fold, empty and with ten subsystems.
 *
 *   node --expose-gc --import tsx bench/sockets.ts [--json]
 *
 * A tick asks nine sockets. Its floor is a generator that yields as many effects which do nothing. A record is folded by
 * the kernel alone (the floor) and with the projections as well. Each figure is a median over rounds that alternate.
 */
import { Effect, Schema, type Scope } from "effect"
import { merge, type Moment, type Services, type Sockets } from "../src/actors/index.js"
import { type Agents, decodeKind, hashOf, Ids, LookupError, SpawnError, Subsystem } from "../src/layers/aios/index.js"
import { type AgentState, initialState, KindCodec, Projections, reduce, TickLog } from "../src/machines/index.js"
import { type Figure, interleave, report } from "./harness.js"

const unknown = (agent: string) => new LookupError({ agent, reason: "NotFound", message: `no agent ${agent}` })
const agents: typeof Agents.Service = {
  spawn: ({ name }) => new SpawnError({ agent: name, reason: "TooManyAgents", message: "no agents here" }),
  get: unknown,
  place: unknown
}
const ten = <A>(make: (index: number) => A): ReadonlyArray<A> => Array.from({ length: 10 }, (_, index) => make(index))

/** Nanoseconds of one of `count` repetitions. */
const nanoseconds = (count: number, run: () => void): number => {
  const from = process.hrtime.bigint()
  run()
  return Number(process.hrtime.bigint() - from) / count
}

const pure = (index: number) =>
  Subsystem.make({
    name: `pure${index}`,
    perceive: { x: () => [] },
    orient: {
      recall: { x: () => [] },
      blocks: { x: { tokensMax: 1, priority: 1, changes: "run", text: () => undefined } }
    },
    decide: { x: () => undefined },
    observe: { x: () => ({}) },
    learn: { x: () => [] },
    regulate: { x: () => undefined }
  })

const asking = (index: number) =>
  Subsystem.make({
    name: `asking${index}`,
    perceive: { x: () => Effect.as(Ids, []) },
    orient: { recall: { x: () => Effect.as(Ids, []) } },
    decide: { x: () => Effect.as(Ids, undefined) },
    observe: { x: () => Effect.as(Ids, {}) },
    learn: { x: () => Effect.as(Ids, []) },
    regulate: { x: () => Effect.as(Ids, undefined) }
  })

const idle = (index: number) => Subsystem.make({ name: `idle${index}` })

const call: Subsystem.GatedCall = {
  callId: "c",
  input: null,
  definition: {
    name: "look",
    description: "",
    inputSchema: {},
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    timeoutMs: 1
  },
  capabilities: ["fs:read:/look"]
}

const noLog = new TickLog([])

/** The sockets that a tick asks, except those around model and tools. */
const tickOf = (sockets: Sockets): Effect.Effect<void, never, Services> => {
  const { initial } = sockets.projections
  const at: Moment = { sessionId: "s", sequence: 0, state: initialState, values: initial }
  return Effect.gen(function* () {
    yield* sockets.perceive(at)
    yield* sockets.recall(at, "")
    yield* sockets.blocks(at)
    yield* sockets.decide(call, at)
    yield* sockets.observe(at)
    yield* sockets.learn(at, noLog)
    yield* sockets.regulate(at)
    sockets.report([], at)
  })
}

const nothing = Effect.gen(function* () {
  for (let socket = 0; socket < 7; socket++) yield* Effect.void
})

const ticks = (count: number, sockets: Sockets, tick: Effect.Effect<void, never, Services>) => async () => {
  const loop = Effect.gen(function* () {
    for (let i = 0; i < count; i++) yield* tick
  })
  return nanoseconds(count, () => Effect.runSync(sockets.provide(loop)))
}

const asked = (): Effect.Effect<ReadonlyArray<Figure>, Subsystem.SubsystemError, Ids | Scope.Scope> =>
  Effect.gen(function* () {
    const empty = yield* merge(ten(idle), { agents })
    const pures = yield* merge(ten(pure), { agents })
    const effects = yield* merge(ten(asking), { agents })
    const times = yield* Effect.promise(() =>
      interleave(31, {
        floor: ticks(5_000, empty, nothing),
        empty: ticks(5_000, empty, tickOf(empty)),
        pures: ticks(500, pures, tickOf(pures)),
        effects: ticks(50, effects, tickOf(effects))
      })
    )
    const { floor } = times
    return [
      { name: "sockets of a tick, 10 idle subsystems", value: times.empty, unit: "ns", floor, target: "ratio <= 2" },
      { name: "the same, 70 plain functions", value: times.pures, unit: "ns", floor, target: "ratio <= 25" },
      { name: "the same, 60 effects with a service", value: times.effects, unit: "ns", floor }
    ]
  })

const counting = (index: number) =>
  Subsystem.make({
    name: `counting${index}`,
    events: { Made: Subsystem.event({ fields: { n: Schema.Int } }) },
    projection: {
      version: 1,
      schema: Schema.Struct({ n: Schema.Int }),
      initial: { n: 0 },
      on: { ToolResult: ({ n }) => ({ n: n + 1 }) }
    }
  })

const folds = async (): Promise<ReadonlyArray<Figure>> => {
  const count = 20_000
  const kind = decodeKind('{"type":"ToolResult","callId":"c","status":"ok","output":null,"durationMs":1}')
  const record = { sequence: 1, at: 1, kind }
  const projections = new Projections(ten(counting))
  const none = new Projections(ten(idle))
  const fold = (beside: Projections | undefined) => async () =>
    nanoseconds(count, () => {
      let state: AgentState = initialState
      let values = beside?.initial
      for (let i = 0; i < count; i++) {
        state = reduce(state, record)
        if (beside !== undefined && values !== undefined) values = beside.step(values, record)
      }
    })
  const codec = new KindCodec(ten(counting))
  const raw = decodeKind('{"type":"counting3.Made","n":1}')
  const leaves = projections.leaves(projections.initial)
  const times = await interleave(31, {
    kernel: fold(undefined),
    idle: fold(none),
    ten: fold(projections),
    kernelKind: async () => nanoseconds(count, () => repeat(count, () => codec.decode(kind))),
    ownKind: async () => nanoseconds(count, () => repeat(count, () => codec.decode(raw))),
    format1: async () => nanoseconds(200, () => repeat(200, () => hashOf({ ...initialState, leaves }))),
    format2: async () =>
      nanoseconds(200, () => repeat(200, () => Subsystem.stateHash({ kernel: initialState, leaves })))
  })
  return [
    { name: "fold of a record, 10 idle subsystems", value: times.idle, unit: "ns", floor: times.kernel },
    { name: "the same, 10 projections that take it", value: times.ten, unit: "ns", floor: times.kernel },
    { name: "decode of a stored kind of a subsystem", value: times.ownKind, unit: "ns", floor: times.kernelKind },
    { name: "state hash over 10 leaves", value: times.format2, unit: "ns", floor: times.format1, target: "ratio <= 4" }
  ]
}

const repeat = (count: number, run: () => unknown): void => {
  for (let i = 0; i < count; i++) run()
}

const figures = await Effect.runPromise(Effect.scoped(asked()).pipe(Effect.provide(Ids.layerSeeded(1))))
report([...figures, ...(await folds())])
