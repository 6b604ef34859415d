/**
 * Shared parts of the socket tests: an agent at a moment, folded from kinds, and the lines that are logged.
 */
import { Effect } from "effect"
import {
  type Agents,
  type EventKind,
  type EventRecord,
  Ids,
  kindText,
  LookupError,
  type RawKind,
  SpawnError,
  type Subsystem,
  timestampOf,
  typeOf
} from "../../../src/layers/aios/index.js"
import { initialState, reduce, TickLog } from "../../../src/machines/index.js"
import { merge, type Moment, type Sockets } from "../../../src/actors/index.js"

const unknown = (agent: string) =>
  new LookupError({ agent, reason: "NotFound", message: `there is no agent ${agent} in this test` })

/** The log of a tick in which nothing has happened. */
export const noLog = new TickLog([])

/** A call that only reads. */
export const gatedCall: Subsystem.GatedCall = {
  callId: "c",
  input: {},
  definition: {
    name: "look",
    description: "",
    inputSchema: {},
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    timeoutMs: 1
  },
  capabilities: []
}

/** A system without any other agent. */
export const alone: typeof Agents.Service = {
  spawn: ({ name }) => new SpawnError({ agent: name, reason: "TooManyAgents", message: "this test has no agents" }),
  get: unknown,
  place: unknown
}

/** The sockets of a list, with ids from a seed. */
export const socketsOf = <const L extends ReadonlyArray<Subsystem.Any>>(
  list: L,
  options: { readonly agents?: typeof Agents.Service; readonly toolNames?: ReadonlyArray<string> } = {}
) => merge(list, { agents: alone, ...options }).pipe(Effect.provide(Ids.layerSeeded(1)))

/** A session in memory; it does with the kinds it is given what a live agent does. */
export class Session {
  readonly sessionId = "s1"
  readonly journal: Array<EventRecord> = []
  state = initialState
  values: Moment["values"]

  constructor(readonly sockets: Sockets) {
    this.values = sockets.projections.initial
  }

  get sequence(): number {
    return this.journal.length
  }

  /** The session as it is now; later events do not change it. */
  now(): Moment {
    const { sequence, sessionId, state, values } = this
    return { sessionId, sequence, state, values }
  }

  /** Folds kinds in and reports them, in one append. */
  append(...kinds: ReadonlyArray<EventKind | RawKind>): void {
    const records = kinds.map((kind): EventRecord => {
      const sequence = this.sequence + 1
      const record = {
        eventId: `e${sequence}`,
        sessionId: this.sessionId,
        agentId: this.sessionId,
        branchId: "main",
        sequence,
        timestamp: timestampOf(sequence),
        actor: { type: "agent" },
        digest: "",
        kind,
        body: kindText(kind)
      } as const
      this.journal.push(record)
      this.state = reduce(this.state, { sequence, at: sequence, kind })
      this.values = this.sockets.projections.step(this.values, {
        sequence,
        at: sequence,
        kind: this.sockets.kinds.decode(kind)
      })
      return record
    })
    this.sockets.report(records, this.now())
  }

  get types(): ReadonlyArray<string> {
    return this.journal.map(({ kind }) => typeOf(kind))
  }
}
