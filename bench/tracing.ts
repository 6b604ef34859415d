/**
 * Cost of tracing an agent.
 *
 *   node --expose-gc --import tsx bench/tracing.ts [--json]
 *
 * A round is that of rounds.ts, on the real disk. One agent is not traced; one is traced and measured into memory, with
 * all its spans kept. They alternate in slices of twenty rounds. The cost of tracing that is switched off cannot be
 * seen within one version: the code that asks whether tracing is on is always there.
 */
import { join } from "node:path"
import { Telemetry } from "../src/layers/vigil/index.js"
import { type Figure, interleave, milliseconds, quick, report, withTempDirectory } from "./harness.js"
import { makePaced, type Paced } from "./support/paced.js"
import { expectEqual } from "./support/world.js"

const slices = 120
const sliceRounds = 20
// After a hundred rounds the compiler is still at work, and a round takes twice as long as after the warm-up.
const warmRounds = quick ? 20 : 1_000

const measure = async (directory: string): Promise<ReadonlyArray<Figure>> => {
  const memory = Telemetry.makeMemory()
  const off = await makePaced(1, { dataDir: join(directory, "off") })
  const traced = await makePaced(1, {
    dataDir: join(directory, "traced"),
    watchers: Telemetry.layer({ exporter: memory })
  })
  for (const agent of [off, traced]) await agent.advance(warmRounds)
  let rounds = 0
  const perRound = (agent: Paced) => async () => {
    if (agent === traced) rounds += sliceRounds
    return (await milliseconds(() => agent.advance(sliceRounds))) / sliceRounds
  }
  memory.clear()
  const times = await interleave(slices, { off: perRound(off), traced: perRound(traced) })
  const calls = memory.spans.filter(({ name }) => name.startsWith("execute_tool"))
  expectEqual("spans of calls", calls.length, rounds)
  const spans = memory.spans.length / rounds
  await Promise.all([off, traced].map((agent) => agent.close()))
  return [
    { name: "round, traced into memory", value: times.traced, unit: "ms", floor: times.off, target: "ratio <= 1.25" },
    { name: "spans of a round", value: spans, unit: "spans" }
  ]
}

report(await withTempDirectory(measure))
