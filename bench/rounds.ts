/**
 * Cost of one round: the model asks for a call, the call runs, decision and result are durable.
 *
 *   node --expose-gc --import tsx bench/rounds.ts [--json]
 *
 * The system is built by `Life.layer`. The model answers at once and the tool does nothing, so only the runtime and the
 * disk are measured. The floor is the loop of support/handwritten.ts, which says what it stores. A fresh agent (rounds 50
 * to 150), one whose commits do not wait for the disk (`synchronous: "normal"`), an aged one (rounds 1900 to 2000), and
 * the floor alternate in slices of ten rounds. Every agent is checked to have executed all of its calls.
 */
import { statSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { Effect, Layer, Stream } from "effect"
import { type EventRecord, Journal, mainBranch, type NewEvent } from "../src/layers/aios/index.js"
import { SqliteJournal } from "../src/layers/lago/index.js"
import { agentMachine, agentSharing, agentSnapshot } from "../src/machines/index.js"
import { makeSharedStepper } from "../src/machines/stepper.js"
import { type Figure, interleave, median, milliseconds, quick, report, withTempDirectory } from "./harness.js"
import { makeHandwritten, roundEvents } from "./support/handwritten.js"
import { makePaced, type Paced } from "./support/paced.js"
import { expectEqual } from "./support/world.js"

const repetitions = quick ? 1 : 3
const slices = 10
const sliceRounds = 10
const ages = quick ? { young: 10, disk: 20, middle: 40, old: 60 } : { young: 50, disk: 100, middle: 1_000, old: 1_900 }

/** Bytes of the database once the write-ahead log is copied into it. */
const databaseBytes = (dataDir: string): number => {
  const file = join(dataDir, "journal.sqlite")
  const database = new Sqlite(file)
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
  return statSync(file).size
}

interface Aged {
  readonly agent: Paced
  readonly early: number
  readonly whole: number
}

/** Ages an agent to round 1900 and measures the disk on the way; both figures are bytes per round. */
const age = async (dataDir: string): Promise<Aged> => {
  const agent = await makePaced(1, { dataDir })
  const sizes: Array<number> = []
  const { disk, middle, old } = ages
  for (const rounds of [disk, middle - disk, old - middle]) {
    await agent.advance(rounds)
    sizes.push(databaseBytes(dataDir))
  }
  const [first = 0, second = 0, third = 0] = sizes
  return { agent, early: (second - first) / (middle - disk), whole: (third - first) / (old - disk) }
}

const oneRepetition = async (directory: string) => {
  const aged = await age(join(directory, "aged"))
  const fresh = await makePaced(1, { dataDir: join(directory, "fresh") })
  const normal = await makePaced(1, { dataDir: join(directory, "normal"), synchronous: "normal" })
  const floor = makeHandwritten(join(directory, "floor.sqlite"), 1)
  for (const contender of [fresh, normal, floor]) await contender.advance(ages.young)
  const perRound = (contender: Pick<Paced, "advance">) => async () =>
    (await milliseconds(() => contender.advance(sliceRounds))) / sliceRounds
  const times = await interleave(slices - 1, {
    fresh: perRound(fresh),
    normal: perRound(normal),
    aged: perRound(aged.agent),
    floor: perRound(floor)
  })
  await Promise.all([aged.agent.close(), fresh.close(), normal.close()])
  floor.close()
  return { ...times, early: aged.early, whole: aged.whole }
}

const single = async (): Promise<ReadonlyArray<Figure>> => {
  const results: Array<Awaited<ReturnType<typeof oneRepetition>>> = []
  for (let i = 0; i < repetitions; i++) results.push(await withTempDirectory(oneRepetition))
  const of = (pick: (result: (typeof results)[number]) => number) => median(results.map(pick))
  return [
    {
      name: "round of one agent",
      value: of(({ fresh }) => fresh),
      unit: "ms",
      floor: of(({ floor }) => floor),
      ratio: of(({ floor, fresh }) => fresh / floor),
      target: "ratio <= 2"
    },
    { name: "round of one agent, synchronous=normal", value: of(({ normal }) => normal), unit: "ms" },
    {
      name: "round 1900-2000 against 50-150",
      value: of(({ aged }) => aged),
      unit: "ms",
      floor: of(({ fresh }) => fresh),
      ratio: of(({ aged, fresh }) => aged / fresh),
      target: "ratio <= 1.2"
    },
    { name: "disk per round, 100 to 1900", value: of(({ whole }) => whole), unit: "bytes", target: "value <= 3000" },
    {
      name: "disk per round, 1000-1900 against 100-1000",
      value: of(({ early, whole }) => 2 * whole - early),
      unit: "bytes",
      floor: of(({ early }) => early),
      target: "ratio <= 1.1"
    }
  ]
}

const crowd = async (directory: string): Promise<ReadonlyArray<Figure>> => {
  const agents = 100
  const life = await makePaced(agents, { dataDir: join(directory, "crowd") })
  const floor = makeHandwritten(join(directory, "floor.sqlite"), agents)
  const withPhases = makeHandwritten(join(directory, "phases.sqlite"), agents, { phases: true })
  const perSecond = (contender: Pick<Paced, "advance">) => async () =>
    (agents * sliceRounds * 1_000) / (await milliseconds(() => contender.advance(sliceRounds)))
  const rates = await interleave(9, {
    life: perSecond(life),
    floor: perSecond(floor),
    withPhases: perSecond(withPhases)
  })
  await life.close()
  floor.close()
  withPhases.close()
  const { life: value } = rates
  return [
    { name: "rounds of 100 agents", value, unit: "/s", floor: rates.floor, target: "ratio >= 0.3" },
    { name: "rounds of 100 agents, floor with phase rows", value, unit: "/s", floor: rates.withPhases }
  ]
}

/** Parts of the time of a round, without the disk: everything on a journal in memory. */
const breakdown = async (): Promise<ReadonlyArray<Figure>> => {
  const rounds = quick ? 20 : 200
  const agent = await makePaced(1)
  const { step } = makeSharedStepper(agentMachine, agentSharing)
  let snapshot = agentSnapshot("Execute", { phase: "perceive" })
  const machine = () => {
    for (let i = 0; i < rounds; i++) {
      for (const event of roundEvents.flat()) snapshot = step(snapshot, event).snapshot
    }
  }
  const appends = await appendsOf(rounds)
  const microseconds = async (run: () => unknown) => ((await milliseconds(run)) * 1_000) / rounds
  const parts = await interleave(9, {
    whole: () => microseconds(() => agent.advance(rounds)),
    machine: () => microseconds(machine),
    journal: () => appendAgain(appends, microseconds)
  })
  await agent.close()
  const rest = parts.whole - parts.machine - parts.journal
  return [
    { name: "processor time of a round", value: parts.whole, unit: "us" },
    { name: "- journal: two appends", value: parts.journal, unit: "us" },
    { name: "- machine: sixteen steps", value: parts.machine, unit: "us" },
    { name: "- phases, fold and fibers", value: rest, unit: "us" }
  ]
}

type Appends = ReadonlyArray<ReadonlyArray<EventRecord>>

/** The events of a session, as the appends of its rounds. */
const appendsOf = (rounds: number): Promise<Appends> =>
  withTempDirectory(async (dataDir) => {
    const agent = await makePaced(1, { dataDir })
    await agent.advance(rounds)
    await agent.close()
    const records = await Effect.runPromise(
      Effect.flatMap(Journal, (journal) =>
        Stream.runCollect(journal.stream({ sessionId: "session-0", branchId: mainBranch }))
      ).pipe(Effect.provide(SqliteJournal.layer({ dataDir, readonly: true })))
    )
    const appends: Array<Array<EventRecord>> = [[]]
    for (const record of records) {
      appends.at(-1)?.push(record)
      // The barrier follows the entry into Act.
      if (record.kind.type === "PhaseEntered" && "phase" in record.kind && record.kind.phase === "act") appends.push([])
    }
    const ofRounds = appends.slice(1, -1)
    expectEqual("appends of the rounds", ofRounds.length, 2 * rounds)
    return ofRounds
  })

const appendAgain = (appends: Appends, time: (run: () => unknown) => Promise<number>): Promise<number> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const journal = yield* Journal
      const stream = { sessionId: "session-0", branchId: mainBranch, agentId: "session-0" }
      const batches = appends.map((records) =>
        records.map(({ eventId, kind, timestamp }): NewEvent => ({ eventId, kind, at: Date.parse(timestamp) }))
      )
      return yield* Effect.promise(() =>
        time(() =>
          Effect.runPromise(
            Effect.forEach(batches, (events) => journal.append({ ...stream, events }), { discard: true })
          )
        )
      )
    }).pipe(Effect.provide(Layer.fresh(SqliteJournal.layerMemory)))
  )

report([...(await single()), ...(await withTempDirectory(crowd)), ...(await breakdown())])
