/**
 * The actors that the page knows, and their tree.
 *
 * @since 0.1.0
 */
import type { Figures, Json, Message, ModeChange, Snapshot } from "./wire.js"

/** The id of the root actor, the parent of every agent without another parent. */
export const rootId = "life"

/** An actor in the state that the stream last gave. */
export interface Actor {
  readonly id: string
  name: string
  parentId: string | undefined
  snapshot: Snapshot
  /** The sequence and time of the latest message about the actor. */
  sequence: number
  at: number
  change: ModeChange | undefined
  granted: Figures | undefined
}

/** A row of the tree. */
export interface TreeRow {
  readonly actor: Actor
  readonly depth: number
}

/** A number in a snapshot's context. */
export const numberIn = (context: Snapshot["context"], name: string): number => {
  const value = context[name]
  return typeof value === "number" ? value : Number.NaN
}

/** A text in a snapshot's context. */
export const textIn = (context: Snapshot["context"], name: string): string => {
  const value = context[name]
  return typeof value === "string" ? value : ""
}

/** The numbers of an object, or `undefined` where there is no object. */
export const figuresIn = (value: Json | undefined): Figures | undefined => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number")
  )
}

const isMessage = (value: unknown): value is Message =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  "sessionId" in value &&
  typeof value.sessionId === "string" &&
  (value.type === "@xstate.event" ? "event" in value : "snapshot" in value)

export class Actors {
  private readonly byId = new Map<string, Actor>()
  /** Counts up with every change of the tree itself. */
  version = 0
  /** Number of events that the stream gave as they happened. */
  events = 0

  get all(): Iterable<Actor> {
    return this.byId.values()
  }

  get size(): number {
    return this.byId.has(rootId) ? this.byId.size - 1 : this.byId.size
  }

  get(id: string): Actor | undefined {
    return this.byId.get(id)
  }

  /** Takes a message and gives the actor that it is about. */
  take(message: unknown, past: boolean): Actor | undefined {
    if (!isMessage(message)) return undefined
    const { sessionId, createdAt } = message
    const at = Number(createdAt)
    if (message.type === "@xstate.actor") return this.appear(message, at)
    const actor = this.byId.get(sessionId)
    if (actor === undefined) return undefined
    const { event } = message
    if (typeof event.sequence === "number") actor.sequence = Math.max(actor.sequence, event.sequence)
    if (Number.isFinite(at)) actor.at = Math.max(actor.at, at)
    if (message.type === "@xstate.snapshot") actor.snapshot = message.snapshot
    else {
      if (!past) this.events++
      this.learn(actor, event)
    }
    return actor
  }

  /** Gives every row of the tree whose name, id or mode contains the text, with its parents. */
  rows(text: string): ReadonlyArray<TreeRow> {
    const children = new Map<string, Array<Actor>>()
    const tops: Array<Actor> = []
    for (const actor of this.byId.values()) {
      const parentId = actor.id === rootId ? undefined : (actor.parentId ?? rootId)
      if (parentId === undefined || !this.byId.has(parentId)) tops.push(actor)
      else {
        const siblings = children.get(parentId)
        if (siblings === undefined) children.set(parentId, [actor])
        else siblings.push(actor)
      }
    }
    const wanted = text.trim().toLowerCase()
    const rows: Array<TreeRow> = []
    const add = (actor: Actor, depth: number, seen: ReadonlySet<string>): boolean => {
      if (seen.has(actor.id)) return false
      const place = rows.length
      rows.push({ actor, depth })
      const below = (children.get(actor.id) ?? []).map((child) => add(child, depth + 1, new Set([...seen, actor.id])))
      const fits = `${actor.name} ${actor.id} ${actor.snapshot.value}`.toLowerCase().includes(wanted)
      if (!fits && !below.includes(true)) {
        rows.length = place
        return false
      }
      return true
    }
    for (const actor of tops) add(actor, 0, new Set())
    return rows
  }

  private appear(message: Extract<Message, { readonly type: "@xstate.actor" }>, at: number): Actor {
    const { name, parentId, sessionId, snapshot } = message
    const known = this.byId.get(sessionId)
    if (known !== undefined) {
      if (known.name !== name || known.parentId !== parentId) this.version++
      known.name = name
      known.parentId = parentId
      known.snapshot = snapshot
      return known
    }
    this.version++
    const actor: Actor = {
      id: sessionId,
      name,
      parentId,
      snapshot,
      sequence: 0,
      at: Number.isFinite(at) ? at : 0,
      change: undefined,
      granted: undefined
    }
    this.byId.set(sessionId, actor)
    return actor
  }

  private learn(actor: Actor, event: { readonly type: string; readonly [field: string]: Json | undefined }): void {
    if (event.type === "ModeChanged") {
      const { from, reason, sequence, to } = event
      actor.change = {
        sequence: typeof sequence === "number" ? sequence : actor.sequence,
        from: String(from),
        to: String(to),
        reason: String(reason),
        ...(typeof event["rule"] === "string" ? { rule: event["rule"] } : {})
      }
    } else if (event.type === "RunStarted") {
      actor.granted = figuresIn(event["budget"]) ?? actor.granted
    }
  }
}
