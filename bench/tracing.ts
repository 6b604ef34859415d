/**
 * What it costs that an agent can be traced, and that it is.
 *
 *   node --expose-gc --import tsx bench/tracing.ts [--json]
 *
 * A round is that of rounds.ts, on the real disk. One agent is not traced; one is traced and measured into memory, with
 * all its spans kept (a round has twenty-two). They alternate in slices of twenty rounds.
 *
 * What tracing costs that is switched off cannot be seen within one version: the code that asks whether it is on is
 * always there. With `LIFE_BENCH_BEFORE=DIR`, a checkout from before there was any, rounds of that one are the floor.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Layer } from "effect"
import { SqliteJournal } from "../src/layers/lago/index.js"
import { Telemetry } from "../src/layers/vigil/index.js"
import { type Figure, interleave, milliseconds, report, withTempDirectory } from "./harness.js"
import { makePaced, type Paced } from "./support/paced.js"

const slices = 120
const sliceRounds = 20
// After a hundred rounds the compiler is still at work, and a round takes twice as long as it does from then on.
const warmRounds = 1_000

const before = process.env["LIFE_BENCH_BEFORE"]

/** The same agent as another checkout makes it. */
const makeBefore = async (checkout: string, dataDir: string): Promise<Paced> => {
  const load = (file: string) => import(pathToFileURL(join(checkout, file)).href)
  const { SqliteJournal: journal } = await load("src/layers/lago/index.ts")
  const { makePaced: make } = await load("bench/support/paced.ts")
  return make(Layer.fresh(journal.layer({ dataDir })), 1)
}

const measure = async (directory: string): Promise<ReadonlyArray<Figure>> => {
  const journalIn = (name: string) => Layer.fresh(SqliteJournal.layer({ dataDir: join(directory, name) }))
  const memory = Telemetry.makeMemory()
  const off = await makePaced(journalIn("off"), 1)
  const traced = await makePaced(journalIn("traced"), 1, Telemetry.layer({ exporter: memory }))
  const old = before === undefined ? undefined : await makeBefore(before, join(directory, "before"))
  for (const agent of [off, traced, old]) await agent?.advance(warmRounds)
  const perRound = (agent: Paced) => async () => (await milliseconds(() => agent.advance(sliceRounds))) / sliceRounds
  memory.clear()
  const contenders = { off: perRound(off), traced: perRound(traced) }
  const times: { off: number; traced: number; before?: number } = await (old === undefined
    ? interleave(slices, contenders)
    : interleave(slices, { ...contenders, before: perRound(old) }))
  const spans = memory.spans.length / ((slices + 1) * sliceRounds)
  await Promise.all([off, traced, old].map((agent) => agent?.close()))
  return [
    { name: "round, traced into memory", value: times.traced, unit: "ms", floor: times.off, target: "ratio <= 1.25" },
    { name: "spans of a round", value: spans, unit: "spans" },
    ...(times.before === undefined
      ? []
      : [
          {
            name: "round, not traced, against a version that cannot be",
            value: times.off,
            unit: "ms",
            floor: times.before,
            target: "ratio <= 1.02" as const
          }
        ])
  ]
}

report(await withTempDirectory(measure))
