/**
 * How far a run has come, as its events tell it.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import { foldStream } from "../../actors/index.js"
import { type EventRecord, type Journal, phasesOf, type StreamId } from "../../layers/aios/index.js"
import { type AgentState, foldEvent, initialState, isIdle, reduce } from "../../machines/index.js"
import { isKind } from "../kinds.js"

/** What is known after an event. */
export interface Progress {
  /** Sequence of the last event; 0 before the first. */
  readonly sequence: number
  readonly agent: AgentState
  /** The phases of this tick, in the order in which they were entered. */
  readonly phases: ReadonlyArray<string>
  /** Calls of this run that have an outcome. */
  readonly toolCalls: number
  /** Files written in this run: path from the workspace root, and size in bytes. */
  readonly files: ReadonlyMap<string, number>
  /** The run has ended. */
  readonly closed: boolean
}

/** Before the first event. */
export const initialProgress: Progress = {
  sequence: 0,
  agent: initialState,
  phases: [initialState.phase],
  toolCalls: 0,
  files: new Map(),
  closed: false
}

/** After one more event. */
export const advance = (before: Progress, record: EventRecord): Progress => {
  const { kind, sequence } = record
  const after = { ...before, sequence, agent: reduce(before.agent, foldEvent(record)) }
  if (isKind(kind, "RunStarted")) return { ...after, toolCalls: 0, files: new Map(), closed: false }
  if (isKind(kind, "RunFinished") || isKind(kind, "RunErrored")) return { ...after, closed: true }
  if (isKind(kind, "ToolResult")) return { ...after, toolCalls: before.toolCalls + 1 }
  if (isKind(kind, "FileWritten")) return { ...after, files: new Map(before.files).set(kind.path, kind.sizeBytes) }
  if (!isKind(kind, "PhaseEntered")) return after
  const phases = phasesOf(kind).map((phase) =>
    phase === "act" && kind.plan !== undefined ? `act(${kind.plan})` : phase
  )
  return { ...after, phases: after.agent.tick > before.agent.tick ? phases : [...before.phases, ...phases] }
}

/** A session up to its last event; what its open run has done so far is counted. */
export const progressOf = Effect.fnUntraced(function* (journal: typeof Journal.Service, stream: StreamId) {
  const { sequence, state } = yield* foldStream(journal, stream, yield* journal.checkpoint(stream))
  const start = { ...initialProgress, sequence, agent: state, phases: [state.phase] }
  if (state.run === undefined) return start
  const done = yield* journal
    .stream({
      ...stream,
      after: state.run.startSequence,
      through: sequence,
      types: ["ToolResult", "FileWritten"]
    })
    .pipe(Stream.runFold(start, advance))
  return { ...start, toolCalls: done.toolCalls, files: done.files }
})

/** Nothing happens any more until somebody does something. */
export const isAtRest = ({ agent }: Progress): boolean => isIdle(agent)

/** Tokens and dollars of the open run, or else of the last one. */
export const spent = ({ agent: { run, lastRun } }: Progress): { readonly tokens: number; readonly costUsd: number } => {
  const { usage, costUsd } = run ?? lastRun ?? { usage: undefined, costUsd: 0 }
  return { tokens: usage === undefined ? 0 : Object.values(usage).reduce((sum, tokens) => sum + tokens, 0), costUsd }
}
