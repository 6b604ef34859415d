/**
 * The feed: tells watchers of durable events, agent by agent in the order of the journal.
 *
 * The feed is synchronous and runs inside existing steps, so a run is the same with and without a watcher. Without a
 * watcher, the feed costs one check for a watcher.
 *
 * @since 0.1.0
 */
import {
  type EventRecord,
  type InspectedEvent,
  type Inspection,
  type Inspector,
  type Redaction,
  rootActorId
} from "../layers/aios/index.js"
import {
  actorInspection,
  type Folded,
  inspectionsOf,
  rootInspection,
  type SessionFold,
  supervisionInspections
} from "../machines/index.js"
import type { Supervisor } from "./supervision/Supervisor.js"

export class Feed {
  /** The sequence of the last record that was published, by session. */
  private readonly told = new Map<string, number>()
  private hasFailed = false

  constructor(
    private readonly inspector: typeof Inspector.Service,
    private readonly redact: Redaction,
    private readonly fold: SessionFold,
    /** Takes a problem that a person must learn of. */
    private readonly report: (problem: string) => void
  ) {}

  get watching(): boolean {
    if (this.inspector.watching) return true
    // A later watcher gets a new introduction of every agent.
    if (this.told.size > 0) this.told.clear()
    return false
  }

  /** The root actor has come into being. Times are in milliseconds since the epoch. */
  rooted(root: Supervisor, at: number): void {
    this.publish(() => [this.redact(rootInspection(root.snapshot, at))])
  }

  /** An event of a supervisor that no journal holds. */
  supervised(supervisor: Supervisor, event: InspectedEvent, at: number, sourceId?: string): void {
    const { owner, snapshot } = supervisor
    this.publish(() =>
      supervisionInspections(owner?.id ?? rootActorId, event, at, {
        ...(sourceId === undefined ? {} : { sourceId }),
        ...(owner === undefined ? { snapshot } : {})
      }).map(this.redact)
    )
  }

  /** Records of one agent have become durable; `session` is the one before them. */
  committed(session: Folded, records: ReadonlyArray<EventRecord>): void {
    let before = session
    for (const record of records) {
      const after = this.fold.step(before, record)
      this.recorded(before, record, after)
      before = after
    }
  }

  /**
   * A record has become durable. The feed publishes it once. If records in between are missing, the feed introduces the
   * agent again first.
   */
  private recorded(before: Folded, record: EventRecord, after: Folded): void {
    const { sequence, sessionId } = record
    const told = this.told.get(sessionId) ?? 0
    if (!this.watching || sequence <= told) return
    this.told.set(sessionId, sequence)
    this.publish(() => [
      ...(sequence === told + 1 ? [] : [this.redact(actorInspection(sessionId, before.state, after.at))]),
      ...inspectionsOf(before, record, after, this.redact)
    ])
  }

  /**
   * Gives a listener for the loading of an agent. It publishes records that became durable without the feed: the
   * journal accepted their append, and the reply was lost.
   */
  loading(sessionId: string): (before: Folded, record: EventRecord, after: Folded) => void {
    return (before, record, after) => {
      if (this.told.get(sessionId) === record.sequence - 1) this.recorded(before, record, after)
    }
  }

  /** An agent is in memory. The feed introduces it to the watchers if they do not know it yet. */
  loaded(sessionId: string, { at, sequence, state }: Folded): void {
    if (!this.watching || sequence <= (this.told.get(sessionId) ?? 0)) return
    this.told.set(sessionId, sequence)
    this.publish(() => [this.redact(actorInspection(sessionId, state, at))])
  }

  /** An agent has left the system. */
  forget(sessionId: string): void {
    this.told.delete(sessionId)
  }

  // A watcher must never make an agent fail.
  private publish(make: () => ReadonlyArray<Inspection>): void {
    if (!this.inspector.watching) return
    try {
      for (const inspection of make()) this.inspector.publish(inspection)
    } catch (error) {
      if (!this.hasFailed) {
        this.report(
          `an inspector or its redaction throws: ${String(error)}. The messages it throws at are lost, the agents go on; ` +
            "correct the Inspector or Redactor layer"
        )
      }
      this.hasFailed = true
    }
  }
}
