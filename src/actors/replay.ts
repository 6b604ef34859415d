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
  hashOf,
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
  onRecord: (before: Folded, record: EventRecord, after: Folded) => void = () => {}
): Effect.Effect<Folded, JournalError> => {
  const start = Option.getOrElse(Option.flatMapNullable(checkpoint, sessionFold.restore), () => sessionFold.initial)
  return journal.stream({ ...stream, after: start.sequence }).pipe(
    Stream.runFold(start, (before, record) => {
      const after = sessionFold.step(before, record)
      onRecord(before, record, after)
      return after
    })
  )
}

/**
 * An agent as its journal gives it: the session, and the conversation its model still sees.
 *
 * @since 0.1.0
 * @category folds
 */
export const loadAgent = Effect.fnUntraced(function* (
  journal: JournalService,
  stream: StreamId,
  onRecord: (before: Folded, record: EventRecord, after: Folded) => void = () => {}
) {
  const checkpoint = yield* journal.checkpoint(stream)
  const known = Option.getOrUndefined(Option.flatMapNullable(checkpoint, sessionFold.restore))
  const transcript = new Transcript()
  if (known !== undefined) yield* readTranscript(journal, stream, known, transcript)
  const log = new TickLog(known?.state.calls ?? [])
  const session = yield* foldStream(journal, stream, checkpoint, (before, record, after) => {
    transcript.add(record)
    log.add(record)
    onRecord(before, record, after)
  })
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
 * What a replay found. `difference` names the first sequence at which the journal, its checkpoints and the machine do
 * not agree.
 *
 * @since 0.1.0
 * @category models
 */
export interface Replay extends Folded {
  readonly stateHash: string
  readonly checkpointSequence: number | undefined
  readonly difference: { readonly sequence: number; readonly message: string } | undefined
}

/**
 * Folds a session from zero and from its newest checkpoint and compares both with each other, with every hash that was
 * stored on the way, and each phase with what the agent machine allows.
 *
 * @since 0.1.0
 * @category folds
 */
export const replay = Effect.fnUntraced(function* (journal: JournalService, stream: StreamId) {
  const differences: Array<{ readonly sequence: number; readonly message: string }> = []
  const check = makeChecker((sequence, message) => differences.push({ sequence, message }))
  const full = yield* foldStream(journal, stream, Option.none(), (before, record, after) =>
    check(before, foldEvent(record), after.state)
  )
  const stateHash = hashOf(full.state)
  const checkpoint = yield* journal.checkpoint(stream)
  if (Option.isSome(checkpoint)) {
    const partial = yield* foldStream(journal, stream, checkpoint)
    const began = sessionFold.restore(checkpoint.value)
    const form = began?.state.lastCall === undefined ? asEarlier : (state: AgentState) => state
    if (hashOf(form(partial.state)) !== hashOf(form(full.state))) {
      differences.push({
        sequence: checkpoint.value.sequence,
        message: "folding from the newest checkpoint gives another state than folding from the start"
      })
    }
  }
  return {
    ...full,
    stateHash,
    checkpointSequence: Option.getOrUndefined(Option.map(checkpoint, ({ sequence }) => sequence)),
    difference: differences.toSorted((a, b) => a.sequence - b.sequence)[0]
  } satisfies Replay
})

// A state as a version made it that did not count calls yet; all other fields came with events of their own.
const asEarlier = ({ lastCall: _, ...state }: AgentState): AgentState => state

const step = makeStepper(agentMachine)

// Checks each event against the state before it.
const makeChecker = (differs: (sequence: number, message: string) => void) => {
  let modeBefore = initialState.mode
  return (before: Folded, { kind, sequence }: FoldEvent, after: AgentState): void => {
    if (isRawKind(kind)) return
    if (kind.type === "CheckpointCreated") {
      const hash = hashOf(before.state)
      const isKnown = hash === kind.stateHash || hashOf(asEarlier(before.state)) === kind.stateHash
      if (kind.eventSequence !== before.sequence || !isKnown) {
        differs(kind.eventSequence, `the stored state hash is ${kind.stateHash}, the fold gives ${hash}`)
      }
      return
    }
    if (kind.type !== "PhaseEntered") return
    const { phase } = before.state
    let snapshot = snapshotOf({ ...before.state, mode: modeBefore }, defaultModeThresholds)
    for (const _ of phasesOf(kind)) {
      snapshot = step(snapshot, eventLeadingTo(after.mode, snapshot, before.state)).snapshot
    }
    if (
      snapshot.value !== after.mode ||
      snapshot.context.phase !== after.phase ||
      snapshot.context.tick !== after.tick
    ) {
      differs(
        sequence,
        `the machine goes from ${modeBefore}/${phase} to ${snapshot.value}/${snapshot.context.phase}, ` +
          `the journal to ${after.mode}/${after.phase}`
      )
    }
    modeBefore = after.mode
  }
}
