/**
 * What the server and the page say to each other. Only types, so that both sides may import it.
 *
 * @since 0.1.0
 */

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** What is left of the allowance of a run, and the like. */
export type Figures = { readonly [name: string]: number }

/** The snapshot of an actor. */
export interface Snapshot {
  readonly status: string
  readonly value: string
  readonly context: { readonly [key: string]: Json }
}

/** An event of an actor. `sequence` is the one of its record in the journal. */
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
  /** These messages describe what is there already, and do not happen now. */
  readonly past: boolean
}

/** A session that can be replayed. */
export interface SessionItem {
  readonly sessionId: string
  readonly name: string
  /** How many records it has. */
  readonly head: number
  /** RFC 3339. */
  readonly createdAt: string
  readonly updatedAt: string
  readonly runOpen: boolean
}

/** `GET /api/sessions`: the newest first. `more` counts those left out. */
export interface Sessions {
  readonly sessions: ReadonlyArray<SessionItem>
  readonly more: number
}

/** `GET /api/sessions/:id/messages`: what the records after `after` through `through` gave. */
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
  /** What the record at `sequence` gave. */
  readonly events: ReadonlyArray<ActorEvent>
  /** The last change of mode up to here. */
  readonly change: ModeChange | null
  /** The allowance the latest run up to here was given. */
  readonly granted: Figures | null
}

/** `GET /api/sessions/:id/outline`: what the scrubber shows of a whole session. */
export interface Outline {
  readonly head: number
  /** Where each mode begins, thinned out when there are too many. */
  readonly modes: ReadonlyArray<{ readonly sequence: number; readonly mode: string }>
  /** Where runs begin and end. */
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

/** The way between two modes. `label` names the rules that lead along it, `back` those that lead against it. */
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

/** What a request that failed is answered with. */
export interface Refusal {
  readonly error: string
}
