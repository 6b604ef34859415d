/**
 * An agent in memory: its state, the snapshot of its machine, its conversation, and the events that are not durable
 * yet.
 *
 * Every event is folded in at the moment it is made, and goes to the journal in the same order. So events are made,
 * stored and folded in one order. Other parts of the system see only the durable state (`committed`). When an append
 * fails, the whole object is discarded, and the agent is loaded again from the journal.
 *
 * @since 0.1.0
 */
import { Cause, type Clock, Effect, Exit, type Fiber, type Tracer } from "effect"
import {
  agentActor,
  type AgentState,
  type Append,
  type Checkpoint,
  type EventActor,
  type EventKind,
  type EventRecord,
  headText,
  type Identity,
  type Ids,
  type Journal,
  JournalError,
  Limits,
  type ModeThresholds,
  type NewEvent,
  phasesOf,
  type RawKind,
  type StreamId,
  type TickPhase,
  unsafeMakeLock
} from "../../layers/aios/index.js"
import {
  type AgentEvent,
  type agentMachine,
  type AgentSnapshot,
  type Folded,
  type FoldEvent,
  type ProjectionValues,
  type makeSharedStepper,
  reasonOf,
  type RefusedEvent,
  refusedEvent,
  type SessionFold,
  snapshotOf,
  type StepAction,
  type TickLog,
  type Transcript
} from "../../machines/index.js"
import { checkpointText, isAboutRights, withSignature } from "./signedTexts.js"
import type { Feed } from "../feed.js"
import type { PreparedTool, Sockets } from "../sockets/Sockets.js"
import type { AgentTelemetry } from "../telemetry/AgentTelemetry.js"
import type { Intent, Mind } from "../tick/Tick.js"

/**
 * Services and functions that a live agent needs to write its journal.
 */
export interface Pen {
  readonly journal: typeof Journal.Service
  readonly ids: typeof Ids.Service
  readonly identity: typeof Identity.Service
  readonly clock: Clock.Clock
  readonly feed: Feed
  /** The thresholds of the agent machine's rules. */
  readonly thresholds: ModeThresholds
  /** The agent machine; its snapshots are shared by agents with these thresholds. */
  readonly machine: ReturnType<typeof makeSharedStepper<typeof agentMachine>>
  /** The fold with the projections of the system's subsystems. */
  readonly fold: SessionFold
  /** Tells reporters of durable records. */
  readonly report: Sockets["report"]
}

export class LiveAgent implements Mind {
  readonly prepared = new Map<string, PreparedTool>()
  /** The session up to the last event that was made. */
  made: Folded
  /** The session up to the last durable event. */
  durable: Folded
  snapshot: AgentSnapshot
  /** The act in progress, so that a command can interrupt it. */
  acting: Fiber.Fiber<void, JournalError> | undefined
  /** True if the agent was loaded in the middle of an act: the calls that were started there are in doubt. */
  inDoubt: boolean
  /** Present once an append has failed; this object must then not be used any more. */
  broken: JournalError | undefined
  private outbox: Array<NewEvent> = []
  private readonly seal: NonNullable<Append["seal"]>
  /** Lock for one append at a time: two concurrent appends could reach the journal in the wrong order. */
  private readonly appendLock = unsafeMakeLock()
  private checkpoint: Checkpoint | undefined
  /** Time of the last checkpoint of this process, or of the loading. */
  private checkpointedAt: number

  constructor(
    readonly stream: StreamId,
    private readonly pen: Pen,
    private readonly onCommit: (state: AgentState) => void,
    loaded: Folded & { readonly transcript: Transcript; readonly log: TickLog },
    readonly telemetry: AgentTelemetry | undefined
  ) {
    const { log, transcript, ...session } = loaded
    this.made = this.durable = session
    this.transcript = transcript
    this.log = log
    this.snapshot = pen.machine.share(snapshotOf(session.state, pen.thresholds))
    this.inDoubt = session.state.phase === "act"
    this.seal = (head) => pen.identity.seal(headText(stream, head))
    this.checkpointedAt = pen.clock.unsafeCurrentTimeMillis()
  }

  readonly transcript: Transcript
  readonly log: TickLog

  get state(): AgentState {
    return this.made.state
  }

  get values(): ProjectionValues {
    return this.made.values
  }

  get sequence(): number {
    return this.made.sequence
  }

  get committed(): AgentState {
    return this.durable.state
  }

  get committedSequence(): number {
    return this.durable.sequence
  }

  get sessionId(): string {
    return this.stream.sessionId
  }

  /** Folds events in; they become durable with the next flush. `span` is the span that made them, if there is one. */
  emit(kinds: ReadonlyArray<EventKind | RawKind>, actor: EventActor = agentActor, span?: Tracer.AnySpan): void {
    const at = this.pen.clock.unsafeCurrentTimeMillis()
    const trace = this.telemetry?.traceOf(kinds, this.state, span)
    for (const made of kinds) {
      const kind = withSignature(this.pen.identity, this.stream, this.sequence + 1, made)
      this.telemetry?.saw(kind, this.state)
      this.see({ sequence: this.sequence + 1, at, kind })
      const eventId = this.pen.ids.ulidAt(at)
      this.outbox.push(trace === undefined ? { eventId, at, kind, actor } : { eventId, at, kind, actor, trace })
    }
  }

  /**
   * Completes the present phase of the agent, at once. The machine decides; its transition becomes events. `conclude`
   * gives the plan for the mode that the machine has chosen. Fails with {@link RefusedEvent} when the machine refuses
   * the event: the agent and its machine disagree on the phase, and the driver would repeat the phase for ever.
   */
  complete(
    event: AgentEvent,
    conclude: (next: AgentSnapshot) => Partial<Intent> = () => ({})
  ): Exit.Exit<void, RefusedEvent> {
    const before = this.snapshot
    const { snapshot, actions } = this.pen.machine.step(before, event)
    if (snapshot === before || actions.some(({ type }) => type === "refuse")) {
      return Exit.fail(refusedEvent(event.type, before.context.phase))
    }
    this.snapshot = snapshot
    this.emit(modeEvents(event, before, snapshot, actions))
    this.enter(snapshot.context.phase, conclude(snapshot))
    return Exit.void
  }

  // A phase joins the record of the phase before it, if both are in the same tick and millisecond and no other event is
  // recorded in between.
  private enter(phase: TickPhase, intent: Partial<Intent>): void {
    const entered = { type: "PhaseEntered" as const, phase, ...intent }
    const last = this.outbox.at(-1)
    const at = this.pen.clock.unsafeCurrentTimeMillis()
    if (phase === "perceive" || last?.at !== at || last.kind.type !== "PhaseEntered") {
      return this.emit([entered])
    }
    this.outbox[this.outbox.length - 1] = { ...last, kind: { ...last.kind, ...entered, passed: phasesOf(last.kind) } }
    const event = { sequence: this.sequence, at, kind: entered }
    this.see(event)
  }

  private see(event: FoldEvent): void {
    this.made = this.pen.fold.step(this.made, event)
    this.transcript.add(event)
    this.log.add(event)
  }

  /** True if everything emitted so far is durable. */
  get settled(): boolean {
    return this.sequence === this.committedSequence
  }

  /** Makes everything emitted so far durable, and waits for it even if another fiber is appending it. */
  flush(): Effect.Effect<void, JournalError> {
    return this.appendLock.withLock(Effect.suspend(() => this.append()))
  }

  /**
   * Ends the writing of this object: an append in progress still completes, and every later one fails. The loader of
   * the agent must wait for this, or it would load a state that the append in progress makes stale.
   */
  retire(): Effect.Effect<void> {
    return this.appendLock.withLock(
      Effect.sync(() => {
        const message = `agent ${this.state.name} was halted before this was written; send it again`
        this.broken ??= new JournalError({ reason: "Failed", message })
      })
    )
  }

  private append(): Effect.Effect<void, JournalError> {
    if (this.broken !== undefined) return Effect.fail(this.broken)
    const { outbox: events, made, checkpoint } = this
    if (events.length === 0) return Effect.void
    this.outbox = []
    this.checkpoint = undefined
    const operation = this.telemetry?.append(events.length)
    return this.pen.journal
      .append({
        ...this.stream,
        agentId: made.state.agentId,
        events,
        expectedSequence: made.sequence - events.length,
        // An older copy of the journal is noticed if it lacks the session, its last checkpoint, or a change of rights.
        anchored:
          checkpoint !== undefined || made.sequence === events.length || events.some(({ kind }) => isAboutRights(kind)),
        seal: this.seal,
        ...(checkpoint === undefined ? {} : { checkpoint })
      })
      .pipe(
        Effect.exit,
        Effect.flatMap((exit) => {
          operation?.end(exit)
          if (Exit.isSuccess(exit)) this.land(exit.value, made)
          else for (const error of Cause.failures(exit.cause)) this.broken = error
          return Exit.asVoid(exit)
        }),
        // Interrupted after the commit, the agent would treat durable events as lost.
        Effect.uninterruptible
      )
  }

  private land(records: ReadonlyArray<EventRecord>, made: Folded): void {
    const { feed, report } = this.pen
    if (feed.watching) feed.committed(this.durable, records)
    this.durable = { ...made, digest: records.at(-1)?.digest ?? this.durable.digest }
    this.onCommit(made.state)
    const { sequence, state, values } = made
    report(records, { sessionId: this.sessionId, sequence, state, values })
  }

  /** True if the last checkpoint lies so far back that another is due. */
  get isCheckpointDue(): boolean {
    const { checkpointSequence, checkpointTick, tick } = this.state
    return (
      tick + 1 - checkpointTick >= Limits.checkpointEveryTicks ||
      this.sequence - checkpointSequence >= Limits.checkpointEveryEvents ||
      this.pen.clock.unsafeCurrentTimeMillis() - this.checkpointedAt >= Limits.checkpointEveryMs
    )
  }

  /**
   * Records a signed checkpoint of the state. The signature covers the digest of the last record, and so the whole
   * journal up to it. That record must be durable first.
   */
  addCheckpoint(): Effect.Effect<void, JournalError> {
    return Effect.map(this.flush(), () => {
      const {
        durable: { digest },
        sequence
      } = this
      // If a message came in while the flush waited, its digest is not known yet; the next tick adds the checkpoint.
      if (sequence !== this.committedSequence) return
      const { identity, ids, clock, fold } = this.pen
      const { leaves, ...checkpoint } = fold.checkpoint(this.made)
      const { stateHash } = checkpoint
      const signed = checkpointText({ ...this.stream, sequence, digest, stateHash })
      this.checkpoint = checkpoint
      this.checkpointedAt = clock.unsafeCurrentTimeMillis()
      this.emit([
        {
          type: "CheckpointCreated",
          checkpointId: ids.ulidAt(clock.unsafeCurrentTimeMillis()),
          eventSequence: sequence,
          digest,
          stateHash,
          ...(leaves === undefined ? {} : { leaves }),
          publicKey: identity.publicKey,
          signature: identity.sign(signed)
        }
      ])
    })
  }
}

// The events of a transition: the change of mode with the rule that chose it, and before it a tripped circuit breaker.
const modeEvents = (
  event: AgentEvent,
  before: AgentSnapshot,
  after: AgentSnapshot,
  actions: ReadonlyArray<StepAction>
): ReadonlyArray<EventKind> => {
  const chosen = actions.find(({ type }) => type === "choose")
  if (after.value === before.value || chosen === undefined) return []
  const { rule } = chosen.params as { readonly rule: Parameters<typeof reasonOf>[0] }
  const reason = reasonOf(rule, event, before.context)
  const trips = "gauges" in event && actions.some(({ type }) => type === "tripBreaker")
  return [
    ...(trips
      ? [{ type: "CircuitBreakerTripped", reason, errorStreak: event.gauges.errorStreak } satisfies EventKind]
      : []),
    { type: "ModeChanged", from: before.value, to: after.value, reason, rule }
  ]
}
