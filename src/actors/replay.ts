/**
 * From a journal to a state: loading an agent, and proving that loading it is sound.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import {
  type AgentState,
  type Checkpoint,
  defaultModeThresholds,
  type EventRecord,
  initialState,
  isRawKind,
  type Journal,
  type JournalError,
  phasesOf,
  type StreamId
} from "../layers/aios/index.js"
import {
  agentMachine,
  eventLeadingTo,
  type Folded,
  type FoldEvent,
  foldEvent,
  makeStepper,
  type SessionFold,
  sessionFold,
  snapshotOf,
  TickLog,
  Transcript,
  transcriptTypes
} from "../machines/index.js"

type JournalService = typeof Journal.Service

/**
 * Folds everything after a checkpoint, or the whole stream when there is none.
 *
 * @since 0.1.0
 * @category folds
 */
export const foldStream = (
  journal: JournalService,
  stream: StreamId,
  checkpoint: Option.Option<Checkpoint>,
  onRecord: (before: Folded, record: EventRecord, after: Folded) => void = () => {},
  fold: SessionFold = sessionFold
): Effect.Effect<Folded, JournalError> =>
  Effect.flatMap(startOf(journal, stream, checkpoint, fold), (start) =>
    journal.stream({ ...stream, after: start.sequence }).pipe(
      Stream.runFold(start, (before, record) => {
        const after = fold.step(before, record)
        onRecord(before, record, after)
        return after
      })
    )
  )

// A projection that was missing or has another version is folded up to the checkpoint from its own records.
const startOf = (
  journal: JournalService,
  stream: StreamId,
  checkpoint: Option.Option<Checkpoint>,
  fold: SessionFold
): Effect.Effect<Folded, JournalError> => {
  const restored = Option.getOrUndefined(Option.flatMapNullable(checkpoint, fold.restore))
  if (restored === undefined) return Effect.succeed(fold.initial)
  const { behind, session } = restored
  return Effect.reduce(behind, session, (at, { after, name, types }) =>
    journal
      .stream({ ...stream, after, through: session.sequence, types })
      .pipe(Stream.runFold(at, (before, record) => ({ ...before, values: fold.refold(before.values, name, record) })))
  )
}

/**
 * Loads an agent from its journal: the session, the conversation its model still sees, and the log of the tick. The
 * runtime gives the checkpoint of a session that it has found to be trusted.
 *
 * @since 0.1.0
 * @category folds
 */
export const loadAgent = Effect.fnUntraced(function* (
  journal: JournalService,
  stream: StreamId,
  onRecord: (before: Folded, record: EventRecord, after: Folded) => void = () => {},
  fold: SessionFold = sessionFold,
  start: Effect.Effect<Option.Option<Checkpoint>, JournalError> = journal.checkpoint(stream)
) {
  const checkpoint = yield* start
  const known = Option.getOrUndefined(Option.flatMapNullable(checkpoint, fold.restore))?.session
  const transcript = new Transcript()
  if (known !== undefined) yield* readTranscript(journal, stream, known, transcript)
  const log = new TickLog(known?.state.calls ?? [])
  const session = yield* foldStream(
    journal,
    stream,
    checkpoint,
    (before, record, after) => {
      transcript.add(record)
      log.add(record)
      onRecord(before, record, after)
    },
    fold
  )
  return { ...session, transcript, log }
})

const readTranscript = Effect.fnUntraced(function* (
  journal: JournalService,
  stream: StreamId,
  { sequence: through, state: { run, transcriptFrom } }: Folded,
  transcript: Transcript
) {
  if (run !== undefined && run.objectiveSequence < transcriptFrom) {
    const [record] = yield* journal.read({
      ...stream,
      after: run.objectiveSequence - 1,
      through: run.objectiveSequence,
      types: ["UserMessage"]
    })
    if (record?.kind.type === "UserMessage") transcript.setObjective(record.sequence, record.kind.content)
  }
  yield* journal
    .stream({ ...stream, after: Math.max(transcriptFrom - 1, 0), through, types: transcriptTypes })
    .pipe(Stream.runForEach((record) => Effect.sync(() => transcript.add(record))))
})

/**
 * Result of a replay. `difference` names the first sequence at which the journal, its checkpoints and the machine
 * disagree.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replay extends Folded {
  readonly stateHash: string
  /** Missing subsystems: checkpoints hold their leaves, and the replay did not check their part of the state. */
  readonly missing: ReadonlyArray<string>
  readonly checkpointSequence: number | undefined
  readonly difference: { readonly sequence: number; readonly message: string } | undefined
}

/**
 * Folds a session from zero and from its newest checkpoint. Compares both states with each other and with every stored
 * hash, and each phase with the transitions of the agent machine.
 *
 * @since 0.1.0
 * @category folds
 */
export const replay = Effect.fnUntraced(function* (
  journal: JournalService,
  stream: StreamId,
  fold: SessionFold = sessionFold
) {
  const differences: Array<{ readonly sequence: number; readonly message: string }> = []
  const missing = new Set<string>()
  const check = makeChecker(fold, missing, (sequence, message) => differences.push({ sequence, message }))
  const full = yield* foldStream(
    journal,
    stream,
    Option.none(),
    (before, record, after) => check(before, foldEvent(record), after.state),
    fold
  )
  const checkpoint = yield* journal.checkpoint(stream)
  if (Option.isSome(checkpoint)) {
    const partial = yield* foldStream(journal, stream, checkpoint, undefined, fold)
    const began = fold.restore(checkpoint.value)?.session
    const form = began?.state.lastCall === undefined ? asEarlier : (state: AgentState) => state
    // Only the checkpoint has leaves of missing subsystems.
    const hash = ({ state, values: { own } }: Folded) => fold.hash({ state: form(state), values: { own, dormant: [] } })
    if (hash(partial) !== hash(full)) {
      differences.push({
        sequence: checkpoint.value.sequence,
        message: "folding from the newest checkpoint gives another state than folding from the start"
      })
    }
  }
  return {
    ...full,
    stateHash: fold.hash(full),
    missing: [...missing].toSorted(),
    checkpointSequence: Option.getOrUndefined(Option.map(checkpoint, ({ sequence }) => sequence)),
    difference: differences.toSorted((a, b) => a.sequence - b.sequence)[0]
  } satisfies Replay
})

// The state as an earlier version made it, which did not count calls. Every other new field came with its own event.
const asEarlier = ({ lastCall: _, ...state }: AgentState): AgentState => state

const step = makeStepper(agentMachine)

// Checks each event against the state before it.
const makeChecker = (fold: SessionFold, missing: Set<string>, differs: (sequence: number, message: string) => void) => {
  let modeBefore = initialState.mode
  return (before: Folded, { kind, sequence }: FoldEvent, after: AgentState): void => {
    if (isRawKind(kind)) return
    if (kind.type === "CheckpointCreated") {
      const { missing: notHere, stateHash } = fold.expected(before, kind)
      for (const name of notHere) missing.add(name)
      if (kind.eventSequence !== before.sequence || stateHash !== kind.stateHash) {
        differs(kind.eventSequence, `the stored state hash is ${kind.stateHash}, the fold gives ${stateHash}`)
      }
      return
    }
    if (kind.type !== "PhaseEntered") return
    const { phase } = before.state
    let snapshot = snapshotOf({ ...before.state, mode: modeBefore }, defaultModeThresholds)
    for (const _ of phasesOf(kind)) {
      snapshot = step(snapshot, eventLeadingTo(after.mode, snapshot, before.state)).snapshot
    }
    if (snapshot.value !== after.mode || snapshot.context.phase !== after.phase) {
      differs(
        sequence,
        `the machine goes from ${modeBefore}/${phase} to ${snapshot.value}/${snapshot.context.phase}, ` +
          `the journal to ${after.mode}/${after.phase}`
      )
    }
    modeBefore = after.mode
  }
}
