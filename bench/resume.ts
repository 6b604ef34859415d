/**
 * Time until an interrupted run goes on after its process has died.
 *
 *   node --import tsx bench/resume.ts [--json]
 *
 * A data directory holds 10 000 finished sessions and one whose process is killed (SIGKILL) in the middle of a run; the
 * benchmark checks that. Then a new process starts on the directory. Measured is the time until the next event of that
 * run is durable, from the start of the process and from the moment it begins to build its layers. The floor is a
 * program of a few lines on better-sqlite3.
 */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import { Effect, Layer, Stream } from "effect"
import { ActorSystem } from "../src/actors/ActorSystem.js"
import {
  type EventRecord,
  headText,
  Identity,
  Ids,
  Journal,
  mainBranch,
  type NewEvent
} from "../src/layers/aios/index.js"
import { FileIdentity } from "../src/layers/anima/index.js"
import { SqliteJournal } from "../src/layers/lago/index.js"
import { type Figure, median, quick, report, withTempDirectory } from "./harness.js"
import { build } from "./support/build.js"
import type { Resumed } from "./support/resumeWorker.js"
import { callsExecuted, callTurn, expectEqual, instantModel, lastTurn, makeSystem } from "./support/world.js"

const sessions = quick ? 100 : 10_000
const rounds = quick ? 1 : 7
const roundsBeforeKill = quick ? 5 : 20
const openSession = "open-session"

/** The events of a session with one finished run of three rounds. */
const finishedSession = (): Promise<ReadonlyArray<EventRecord>> => {
  let turns = 0
  const model = instantModel(() => Effect.sync(() => (turns++ < 3 ? callTurn(`${turns}`) : lastTurn)))
  const runtime = makeSystem(model)
  const program = Effect.gen(function* () {
    const system = yield* ActorSystem
    const agent = yield* system.spawn({ name: "finished" })
    yield* agent.run("Poke three times.")
    expectEqual("calls of the finished session", yield* callsExecuted(agent.sessionId), 3)
    const journal = yield* Journal
    return yield* Stream.runCollect(journal.stream({ sessionId: agent.sessionId, branchId: mainBranch }))
  })
  return runtime.runPromise(program).then(async (records) => {
    await runtime.dispose()
    return [...records]
  })
}

const fill = (dataDir: string, records: ReadonlyArray<EventRecord>): Promise<void> =>
  Effect.gen(function* () {
    const journal = yield* Journal
    const { ulidAt } = yield* Ids
    const { seal } = yield* Identity
    const append = (i: number) => {
      const sessionId = `finished-${i}`
      const at = Date.now()
      const events = records.map(({ kind }): NewEvent => ({ eventId: ulidAt(at), at, kind }))
      const stream = { sessionId, branchId: mainBranch }
      return journal.append({ ...stream, agentId: sessionId, events, seal: (head) => seal(headText(stream, head)) })
    }
    const numbers = Array.from({ length: sessions }, (_, i) => i)
    yield* Effect.forEach(numbers, append, { concurrency: 100, discard: true })
  }).pipe(
    // The key comes first: a journal without a key is one that has lost its key.
    Effect.provide(
      Layer.provideMerge(
        Layer.merge(SqliteJournal.layer({ dataDir, synchronous: "normal" }), Ids.layer),
        FileIdentity.layer({ dataDir })
      )
    ),
    Effect.runPromise
  )

const start = (program: string, mode: "work" | "resume" | "floor", dataDir: string) => {
  const args = [program, mode, dataDir, openSession, ...process.argv.slice(2)]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  return { child, exited: once(child, "exit"), lines: createInterface(child.stdout) }
}

/** Lets a process work for a while and kills it. */
const interrupt = async (worker: string, dataDir: string): Promise<void> => {
  const { child, exited, lines } = start(worker, "work", dataDir)
  for await (const line of lines) {
    if (Number(line) === roundsBeforeKill) child.kill("SIGKILL")
  }
  const [, signal] = await exited
  expectEqual("end of the worker", signal, "SIGKILL")
  const calls = await Effect.runPromise(
    Effect.provide(callsExecuted(openSession), SqliteJournal.layer({ dataDir, readonly: true }))
  )
  // The model prints before it answers, so the call of the last round that was printed may not have run.
  expectEqual("executed calls before the kill, all but the last at least", calls >= roundsBeforeKill - 1, true)
}

const measure = async (program: string, mode: "resume" | "floor", dataDir: string): Promise<Resumed> => {
  const { exited, lines } = start(program, mode, dataDir)
  const printed: Array<string> = []
  for await (const line of lines) printed.push(line)
  const [status] = await exited
  const last = printed.at(-1)
  if (status !== 0 || last === undefined) throw new Error(`${program} ended with ${status}`)
  return JSON.parse(last) as Resumed // both programs are ours
}

const figures = (resumed: ReadonlyArray<Resumed>, floors: ReadonlyArray<Resumed>): ReadonlyArray<Figure> => {
  const fromStart = ({ firstStepMs }: Resumed) => firstStepMs
  const fromLayer = ({ firstStepMs, layerStartMs }: Resumed) => firstStepMs - layerStartMs
  return [
    {
      name: "first resumed step, from process start",
      value: median(resumed.map(fromStart)),
      unit: "ms",
      floor: median(floors.map(fromStart)),
      target: "value <= 1000"
    },
    {
      name: "first resumed step, from layer start",
      value: median(resumed.map(fromLayer)),
      unit: "ms",
      floor: median(floors.map(fromLayer)),
      target: "value <= 1000"
    },
    {
      name: `agents registered after a start on ${sessions} sessions`,
      value: Math.max(...resumed.map(({ agents }) => agents)),
      unit: "agents",
      target: "value <= 1"
    }
  ]
}

await withTempDirectory(async (directory) => {
  const built = build()
  const worker = built("bench/support/resumeWorker.ts")
  const dataDir = `${directory}/data`
  await fill(dataDir, await finishedSession())
  const resumed: Array<Resumed> = []
  const floors: Array<Resumed> = []
  await interrupt(worker, dataDir)
  for (let i = 0; i < rounds; i++) {
    resumed.push(await measure(worker, "resume", dataDir))
    floors.push(await measure(built("bench/support/resumeFloor.ts"), "floor", dataDir))
  }
  report(figures(resumed, floors))
})
