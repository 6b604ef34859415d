/**
 * What really happened in a simulation, seen from outside the agents: every durable record, every execution of a tool,
 * every acknowledgement. It outlives crashes, as the world does.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import {
  type AgentState,
  type Capability,
  defaultModeThresholds,
  type EventRecord,
  type Json,
  type ModeThresholds
} from "../layers/aios/index.js"
import { sessionFold } from "../Life.js"
import type { Folded } from "../machines/index.js"

/**
 * One execution of a tool. `mode` and `tick` are the durable ones of the agent at that moment.
 *
 * @since 0.1.0
 * @category models
 */
export interface Execution {
  readonly sessionId: string
  readonly runId: string
  readonly callId: string
  readonly toolName: string
  readonly input: Json
  readonly capabilities: ReadonlyArray<Capability>
  readonly readOnly: boolean
  readonly idempotent: boolean
  readonly mode: AgentState["mode"]
  readonly tick: AgentState["tick"]
}

/**
 * One session as its durable records give it.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionHistory {
  readonly sessionId: string
  readonly records: ReadonlyArray<EventRecord>
  /** The kernel's state behind the records before the newest, and behind all. */
  readonly before: AgentState
  readonly state: AgentState
  /** The same with the projections of the default subsystems. */
  readonly foldedBefore: Folded
  readonly folded: Folded
  readonly digest: string
  /** How many of the records earlier processes have left. */
  readonly inherited: number
}

class Growing implements SessionHistory {
  readonly records: Array<EventRecord> = []
  inherited = 0
  foldedBefore = sessionFold.initial
  folded = sessionFold.initial

  constructor(readonly sessionId: string) {}

  get before(): AgentState {
    return this.foldedBefore.state
  }

  get state(): AgentState {
    return this.folded.state
  }

  get digest(): string {
    return this.folded.digest
  }

  add(record: EventRecord): void {
    this.records.push(record)
    this.foldedBefore = this.folded
    this.folded = sessionFold.step(this.folded, record)
  }
}

/**
 * The whole history. Invariants read it.
 *
 * @since 0.1.0
 * @category models
 */
export class History {
  /** @param thresholds those the agents go by */
  constructor(readonly thresholds: ModeThresholds = defaultModeThresholds) {}

  readonly executions: Array<Execution> = []
  /** Messages whose sender was told that they are durable. */
  readonly acknowledged: Array<{
    readonly sessionId: string
    readonly content: string
    /** For the end of the run, and not for the next tick. */
    readonly isQueued: boolean
  }> = []
  events = 0
  private readonly rolling = createHash("sha256")
  private readonly bySession = new Map<string, Growing>()
  private readonly executionsBySession = new Map<string, Array<Execution>>()

  /** Over the digests of all records in the order in which they became durable; lowercase hex SHA-256. */
  get digest(): string {
    return this.rolling.copy().digest("hex")
  }

  get sessions(): ReadonlyArray<SessionHistory> {
    return [...this.bySession.values()]
  }

  session(sessionId: string): SessionHistory | undefined {
    return this.bySession.get(sessionId)
  }

  /** The executions of one session, the oldest first. */
  executionsOf(sessionId: string): ReadonlyArray<Execution> {
    return this.executionsBySession.get(sessionId) ?? []
  }

  /** Who was spawned in this life under whom: a parent, or the root. Others are where they were created. */
  readonly parents = new Map<string, string | undefined>()

  /** A new process begins on what stands here. */
  begin(): void {
    this.parents.clear()
    for (const session of this.bySession.values()) session.inherited = session.records.length
  }

  /** Takes one more execution in. */
  addExecution(execution: Execution): void {
    this.executions.push(execution)
    const own = this.executionsBySession.get(execution.sessionId)
    if (own === undefined) this.executionsBySession.set(execution.sessionId, [execution])
    else own.push(execution)
  }

  /** Takes one more durable record in. */
  add(record: EventRecord): SessionHistory {
    const { sessionId } = record
    const session = this.bySession.get(sessionId) ?? new Growing(sessionId)
    this.bySession.set(sessionId, session)
    session.add(record)
    this.events++
    this.rolling.update(record.digest)
    return session
  }
}
