/**
 * A process with an agent at work, for bench/resume.ts.
 *
 * `work` starts a run and prints a line per round until it is killed. `resume` opens the same journal again and prints
 * the time until the agent had gone on, then ends.
 */
import { Effect, Stream } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { Journal, mainBranch } from "../../src/layers/aios/index.js"
import { now } from "../harness.js"
import { callTurn, endlessBudget, instantModel, makeSystem } from "./world.js"

/** Output of `resume`, in milliseconds since the start of the process. */
export interface Resumed {
  readonly layerStartMs: number
  readonly firstStepMs: number
  readonly agents: number
}

const [mode = "", dataDir = "", sessionId = ""] = process.argv.slice(2)

const system = () => {
  let round = 0
  const model = instantModel(() =>
    Effect.sync(() => {
      if (mode === "work") console.log(++round)
      else round++
      return callTurn(`${process.pid}-${round}`)
    }).pipe(Effect.delay(mode === "work" ? "5 millis" : 0))
  )
  return makeSystem(model, { dataDir })
}

const work = Effect.gen(function* () {
  const { spawn } = yield* ActorSystem
  const agent = yield* spawn({ name: "open", sessionId })
  yield* agent.run("Poke until the process dies.", { budget: endlessBudget })
})

const resume = Effect.gen(function* () {
  const { list } = yield* ActorSystem
  const journal = yield* Journal
  const stream = { sessionId, branchId: mainBranch }
  const resumed = yield* journal.read({ ...stream, types: ["SessionResumed"] })
  const after = resumed.at(-1)?.sequence ?? 0
  // The last SessionResumed may be older than this process, or may not be there yet.
  yield* journal.tail({ ...stream, after }).pipe(
    Stream.filter(
      ({ timestamp, kind }) => Date.parse(timestamp) >= performance.timeOrigin && kind.type !== "SessionResumed"
    ),
    Stream.take(1),
    Stream.runDrain
  )
  return { firstStepMs: now(), agents: (yield* list).length }
})

if (mode === "resume") {
  const layerStartMs = now()
  const found = await system().runPromise(resume)
  console.log(JSON.stringify({ layerStartMs, ...found } satisfies Resumed))
  // The run stays open for the next process.
  process.exit()
} else if (mode === "work") {
  await system().runPromise(work)
}
