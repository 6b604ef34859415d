/**
 * The floor of a round: a loop as a careful person would write it by hand on better-sqlite3 and the same agent machine.
 *
 * Like an agent it steps the machine through two ticks per round, makes the decision durable before the tool runs and
 * the result before the model is asked again. It stores four rows per round: the model's turn and the call it asked for
 * (first barrier), the result and the state with vector, budget, mode and tick (second barrier). It writes no other
 * events, chains no digests, checks no ids, signs nothing, and has no fibers.
 *
 * With `phases` it also stores a row per phase, sixteen more in a round, as an agent records its phases.
 *
 * Appends that are made in one turn of the event loop share a transaction.
 */
import Sqlite from "better-sqlite3"
import { defaultBudget, initialVector } from "../../src/layers/aios/index.js"
import { type AgentEvent, agentMachine, agentSnapshot, type Facts } from "../../src/machines/index.js"
import { makeStepper } from "../../src/machines/stepper.js"
import { callTurn, toolOutput } from "./world.js"

type Row = readonly [session: number, sequence: number, at: number, type: string, body: string]

const step = makeStepper(agentMachine)

const facts: Facts = { gauges: { ...initialVector, uncertainty: 0 }, waiting: 0, unverified: 0, over: false }

const tick: ReadonlyArray<AgentEvent> = [
  { type: "Perceive", news: false },
  { type: "Orient" },
  { type: "Decide", granted: 0, ...facts },
  { type: "Act" },
  { type: "Observe", unverified: 0 },
  { type: "Learn" },
  { type: "Regulate", ...facts },
  { type: "Report" }
]

/** The machine events of one round. */
export const roundEvents = [tick, tick] as const

/** Opens a database with the pragmas of the journal. */
const openDatabase = (file: string) => {
  const database = new Sqlite(file)
  database.pragma("journal_mode = WAL")
  database.pragma("synchronous = FULL")
  database.pragma("wal_autocheckpoint = 4000")
  database.exec(
    `CREATE TABLE events (session INTEGER NOT NULL, sequence INTEGER NOT NULL, at INTEGER NOT NULL, type TEXT NOT NULL,
     body TEXT NOT NULL, UNIQUE (session, sequence))`
  )
  return database
}

const makeCommitter = (database: ReturnType<typeof openDatabase>) => {
  const insert = database.prepare("INSERT INTO events (session, sequence, at, type, body) VALUES (?, ?, ?, ?, ?)")
  const insertAll = database.transaction((rows: ReadonlyArray<Row>) => {
    for (const row of rows) insert.run(...row)
  })
  let rows: Array<Row> = []
  let done: Promise<void> | undefined
  const commit = (): void => {
    const batch = rows
    rows = []
    done = undefined
    insertAll(batch)
  }
  return (appended: ReadonlyArray<Row>): Promise<void> => {
    rows.push(...appended)
    return (done ??= new Promise((resolve, reject) =>
      setImmediate(() => {
        try {
          resolve(commit())
        } catch (cause) {
          reject(cause)
        }
      })
    ))
  }
}

const makeAgent = (session: number, append: (rows: ReadonlyArray<Row>) => Promise<void>, phases: boolean) => {
  let snapshot = agentSnapshot("Execute", { phase: "perceive" })
  let sequence = 0
  let round = 0
  let budget = defaultBudget
  const row = (type: string, body: unknown): Row => [session, ++sequence, Date.now(), type, JSON.stringify(body)]
  const runTick = (events: ReadonlyArray<AgentEvent>): ReadonlyArray<Row> =>
    events.flatMap((event) => {
      snapshot = step(snapshot, event).snapshot
      return phases ? [row("Phase", { phase: snapshot.context.phase })] : []
    })
  const think = async () => callTurn(`${++round}`)
  const poke = async () => toolOutput
  return async (rounds: number): Promise<void> => {
    for (let i = 0; i < rounds; i++) {
      const { toolCalls, ...turn } = await think()
      const thought = runTick(roundEvents[0])
      await append([...thought, row("AssistantMessage", turn), ...toolCalls.map((call) => row("ToolCall", call))])
      const startedAt = Date.now()
      const output = await poke()
      const [call] = toolCalls
      budget = { ...budget, ticksRemaining: budget.ticksRemaining - 2 }
      const acted = runTick(roundEvents[1])
      await append([
        ...acted,
        row("ToolResult", { callId: call?.callId, status: "ok", output, durationMs: Date.now() - startedAt }),
        row("State", { ...snapshot.context, mode: snapshot.value, vector: initialVector, budget })
      ])
    }
  }
}

/** So many hand-written agents on one database. */
export const makeHandwritten = (file: string, agents: number, { phases = false } = {}) => {
  const database = openDatabase(file)
  const append = makeCommitter(database)
  const loops = Array.from({ length: agents }, (_, session) => makeAgent(session, append, phases))
  return {
    advance: async (rounds: number): Promise<void> => {
      await Promise.all(loops.map((loop) => loop(rounds)))
    },
    close: () => database.close()
  }
}
