/**
 * The history of a simulation, seen from outside the agents: every durable record, every execution of a tool, every
 * acknowledgement. It outlives crashes of the simulated process.
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
 * One session, as derived from its durable records.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionHistory {
  readonly sessionId: string
  readonly records: ReadonlyArray<EventRecord>
  /** State of the kernel before the newest record, and after it. */
  readonly before: AgentState
  readonly state: AgentState
  /** The same states with the projections of the default subsystems. */
  readonly foldedBefore: Folded
  readonly folded: Folded
  readonly digest: string
  /** Number of the records that earlier processes have left. */
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
  /** @param thresholds the mode thresholds of the agents */
  constructor(readonly thresholds: ModeThresholds = defaultModeThresholds) {}

  readonly executions: Array<Execution> = []
  /** Messages whose sender was told that they are durable. */
  readonly acknowledged: Array<{
    readonly sessionId: string
    readonly content: string
    /** True for a message for the end of the run, and not for the next tick. */
    readonly isQueued: boolean
  }> = []
  events = 0
  private readonly rolling = createHash("sha256")
  private readonly bySession = new Map<string, Growing>()
  private readonly executionsBySession = new Map<string, Array<Execution>>()

  /** Lowercase hex SHA-256 over the digests of all records, in the order in which they became durable. */
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

  /**
   * Parent of each session that this process has spawned, or `undefined` for the root. Any other session has the parent
   * that it was created with.
   */
  readonly parents = new Map<string, string | undefined>()

  /** Begins a new process on the records so far. */
  begin(): void {
    this.parents.clear()
    for (const session of this.bySession.values()) session.inherited = session.records.length
  }

  /** Adds an execution. */
  addExecution(execution: Execution): void {
    this.executions.push(execution)
    const own = this.executionsBySession.get(execution.sessionId)
    if (own === undefined) this.executionsBySession.set(execution.sessionId, [execution])
    else own.push(execution)
  }

  /** Adds a durable record. */
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
