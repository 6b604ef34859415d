/**
 * Rate of the journal's appends, against what SQLite and the disk allow.
 *
 *   node --import tsx bench/append.ts [--json]
 *
 * Rounds of three measurements alternate on the same disk, because disks drift:
 *
 * - floor: fdatasync after each 4 kB append to a plain file
 * - raw: better-sqlite3, WAL, synchronous=FULL, the same rows into the same table, in transactions as large as the
 *   journal's own were
 * - journal: 64 agents at once, each appending one event of 440 bytes at a time and waiting until it is durable
 *
 * Every figure is the median of the rounds; ratios are taken within a round.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { join } from "node:path"
import Sqlite from "better-sqlite3"
import { Effect, Layer, Metric } from "effect"
import { type EventKind, Ids, Journal, type NewEvent } from "../src/layers/aios/index.js"
import { SqliteJournal, transactionsTotal } from "../src/layers/lago/index.js"
import { median, now, quick, report, withTempDirectory } from "./harness.js"
import { expectEqual } from "./support/world.js"

const rounds = quick ? 1 : 7
const agents = 64
const eventsPerAgent = quick ? 10 : 400
const events = agents * eventsPerAgent
const syncs = quick ? 10 : 500
const columns = "stream, sequence, event_id, at, kind, body, extra, digest"

const kind: EventKind = {
  type: "AssistantMessage",
  content: "The survey found twelve source files. ".repeat(7).slice(0, 252),
  model: "scout-1",
  stopReason: "tool_use",
  usage: { inputTokens: 1_204, outputTokens: 117, cacheReadTokens: 0, cacheWriteTokens: 0 },
  costUsd: 0.0042
}

type Row = readonly [...ReadonlyArray<number | string | Buffer | null>]

const perSecond = (count: number, startedAt: number): number => (count * 1_000) / (now() - startedAt)

const measureFloor = (dir: string): number => {
  const descriptor = openSync(join(dir, "floor"), "w")
  const page = Buffer.alloc(4_096, 1)
  const startedAt = now()
  for (let i = 0; i < syncs; i++) {
    writeSync(descriptor, page)
    fdatasyncSync(descriptor)
  }
  const result = perSecond(syncs, startedAt)
  closeSync(descriptor)
  return result
}

const appendAll = (newEvents: ReadonlyArray<ReadonlyArray<NewEvent>>) =>
  Effect.flatMap(Journal, (journal) =>
    Effect.forEach(
      newEvents,
      (own, agent) => {
        const stream = { sessionId: `bench-${agent}`, branchId: "main", agentId: `agent-${agent}` }
        return Effect.forEach(own, (event) => journal.append({ ...stream, events: [event] }), { discard: true })
      },
      { concurrency: "unbounded", discard: true }
    )
  )

interface JournalRun {
  readonly rate: number
  readonly transactions: number
}

const measureJournal = (dataDir: string): Promise<JournalRun> =>
  Effect.gen(function* () {
    yield* Journal
    const { ulidAt } = yield* Ids
    const newEvents = Array.from({ length: agents }, () => new Array<NewEvent>())
    for (let i = 0; i < events; i++) newEvents[i % agents]?.push({ eventId: ulidAt(Date.now()), at: Date.now(), kind })
    const before = yield* Metric.value(transactionsTotal)
    const startedAt = now()
    yield* appendAll(newEvents)
    const rate = perSecond(events, startedAt)
    const after = yield* Metric.value(transactionsTotal)
    return { rate, transactions: after.count - before.count }
  }).pipe(Effect.provide(Layer.merge(Layer.fresh(SqliteJournal.layer({ dataDir })), Ids.layer)), Effect.runPromise)

// Inserts the rows that the journal has just written, into the same schema.
const measureRaw = (dataDir: string, transactions: number): number => {
  const written = new Sqlite(join(dataDir, "journal.sqlite"), { readonly: true })
  const rows = written.prepare<[], Row>(`SELECT ${columns} FROM events ORDER BY rowid`).raw().all()
  const schema = written
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE tbl_name = 'events' AND sql NOTNULL")
    .pluck()
    .all()
  written.close()
  expectEqual("durable rows", rows.length, events)
  const database = new Sqlite(join(dataDir, "raw.sqlite"))
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = FULL")
  database.pragma("wal_autocheckpoint = 4000")
  for (const statement of schema) database.exec(statement)
  const insert = database.prepare(`INSERT INTO events (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  const insertBatch = database.transaction((batch: ReadonlyArray<Row>) => {
    for (const row of batch) insert.run(...row)
  })
  const batchRows = Math.ceil(rows.length / transactions)
  const startedAt = now()
  for (let from = 0; from < rows.length; from += batchRows) insertBatch(rows.slice(from, from + batchRows))
  const rate = perSecond(rows.length, startedAt)
  database.close()
  return rate
}

interface Round {
  readonly floor: number
  readonly raw: number
  readonly journal: number
  readonly batch: number
  readonly floorToRaw: number
  readonly journalToRaw: number
}

const round = async (parent: string): Promise<Round> => {
  const dir = mkdtempSync(join(parent, "round-"))
  const floor = measureFloor(dir)
  const { rate: journal, transactions } = await measureJournal(dir)
  const raw = measureRaw(dir, transactions)
  rmSync(dir, { recursive: true })
  return { floor, raw, journal, batch: events / transactions, floorToRaw: floor / raw, journalToRaw: journal / raw }
}

const results: Array<Round> = []
await withTempDirectory(async (parent) => {
  if (!quick) await round(parent) // warms up compilers and caches; not counted
  for (let i = 0; i < rounds; i++) results.push(await round(parent))
})
const of = (key: keyof Round) => median(results.map((result) => result[key]))
const floor = of("raw")
report([
  { name: "fdatasync of 4 kB", value: of("floor"), unit: "/s", floor, ratio: of("floorToRaw") },
  { name: "events in a transaction, 64 agents", value: of("batch"), unit: "events" },
  {
    name: "durable append, 64 agents, 440-byte events",
    value: of("journal"),
    unit: "/s",
    floor,
    ratio: of("journalToRaw"),
    target: "ratio >= 0.5"
  }
])
