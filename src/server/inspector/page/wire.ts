/**
 * Messages between the server and the page. The file has only types, so that both sides may import it.
 *
 * @since 0.1.0
 */

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** Numbers by name, such as the budget that a run has left. */
export type Figures = { readonly [name: string]: number }

/** The snapshot of an actor. */
export interface Snapshot {
  readonly status: string
  readonly value: string
  readonly context: { readonly [key: string]: Json }
}

/** An event of an actor. `sequence` is the sequence of its record in the journal. */
export interface ActorEvent {
  readonly type: string
  readonly sequence?: number
  readonly [field: string]: Json | undefined
}

interface Envelope {
  readonly sessionId: string
  /** Milliseconds since the epoch, as text. */
  readonly createdAt: string
}

/** One of the three messages of Stately's inspector. */
export type Message =
  | (Envelope & {
      readonly type: "@xstate.actor"
      readonly name: string
      readonly parentId?: string
      readonly snapshot: Snapshot
    })
  | (Envelope & { readonly type: "@xstate.event"; readonly event: ActorEvent; readonly sourceId?: string })
  | (Envelope & { readonly type: "@xstate.snapshot"; readonly event: ActorEvent; readonly snapshot: Snapshot })

/** A frame of the stream as the page asks for it: several messages, and how many were lost before them. */
export interface Batch {
  readonly messages: ReadonlyArray<Message>
  readonly dropped: number
  /** True for messages that describe the present state, and do not happen now. */
  readonly past: boolean
}

/** A session that can be replayed. */
export interface SessionItem {
  readonly sessionId: string
  readonly name: string
  /** Number of records of the session. */
  readonly head: number
  /** RFC 3339. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly runOpen: boolean
}

/** `GET /api/sessions`: the newest first. `more` counts the sessions left out. */
export interface Sessions {
  readonly sessions: ReadonlyArray<SessionItem>
  readonly more: number
}

/** `GET /api/sessions/:id/messages`: the messages of the records after `after` through `through`. */
export interface Messages {
  readonly messages: ReadonlyArray<Message>
  readonly through: number
  readonly head: number
}

/** A change of mode. */
export interface ModeChange {
  readonly sequence: number
  readonly from: string
  readonly to: string
  readonly reason: string
  /** The rule of the agent machine that held; absent in journals of earlier versions. */
  readonly rule?: string
}

/** `GET /api/sessions/:id/at/:sequence`: the state after a record. */
export interface At {
  readonly sequence: number
  readonly head: number
  /** Milliseconds since the epoch; `null` before the first record. */
  readonly at: number | null
  readonly name: string
  readonly snapshot: Snapshot
  /** Events of the record at `sequence`. */
  readonly events: ReadonlyArray<ActorEvent>
  /** The last change of mode up to `sequence`. */
  readonly change: ModeChange | null
  /** The budget that was granted to the latest run up to `sequence`. */
  readonly granted: Figures | null
}

/** `GET /api/sessions/:id/outline`: the parts of a whole session that the scrubber shows. */
export interface Outline {
  readonly head: number
  /** Sequence at which each mode begins, thinned out when there are too many. */
  readonly modes: ReadonlyArray<{ readonly sequence: number; readonly mode: string }>
  /** Sequences at which runs begin and end. */
  readonly runs: ReadonlyArray<{ readonly sequence: number; readonly type: string }>
}

/** A mode in the picture of the machine; lengths are in units of the picture. */
export interface ModeBox {
  readonly mode: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * The edge between two modes. `label` names the rules that lead from `from` to `to`, `back` the rules that lead back.
 */
export interface ModeEdge {
  readonly from: string
  readonly to: string
  readonly label: string
  readonly back?: string
  /** An SVG path. */
  readonly path: string
}

/** `GET /api/machine`: the machine of an agent, laid out. */
export interface Statechart {
  readonly width: number
  readonly height: number
  readonly initial: string
  readonly modes: ReadonlyArray<ModeBox>
  readonly edges: ReadonlyArray<ModeEdge>
  /** The phases of a tick, in order. */
  readonly phases: ReadonlyArray<string>
}

/** Answer to a request that failed. */
export interface Refusal {
  readonly error: string
}
