/**
 * The view of a session's runs that every reader shares: progress, approvals and cost of the open run, the rest of the
 * agent, and the end of a run.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  type ClosedRun,
  type EventRecord,
  noUsage,
  type OperatingMode,
  phasesOf,
  type Plan,
  type TickPhase,
  totalTokens
} from "../layers/aios/index.js"
import { type Folded, sessionFold } from "./SessionFold.js"

/**
 * The end of a run by its id; nothing while the run is open, and nothing once a later run has ended.
 *
 * @since 0.1.0
 * @category views
 */
export const endOf = ({ lastRun }: Pick<AgentState, "lastRun">, runId: string): ClosedRun | undefined =>
  lastRun?.runId === runId ? lastRun : undefined

/**
 * Tokens of every kind and dollars of the open run, or of the last run if none is open.
 *
 * @since 0.1.0
 * @category views
 */
export const spentOf = ({
  lastRun,
  run
}: Pick<AgentState, "run" | "lastRun">): { readonly tokens: number; readonly costUsd: number } => {
  const { costUsd, usage } = run ?? lastRun ?? { costUsd: 0, usage: noUsage }
  return { tokens: totalTokens(usage), costUsd }
}

/**
 * A session as a reader follows it, record by record.
 *
 * @since 0.1.0
 * @category models
 */
export interface RunView {
  readonly session: Folded
  /** The phases of this tick, in the order in which they were entered. */
  readonly phases: ReadonlyArray<TickPhase>
  /** The plan of this tick, and the mode in which Act carries it out; absent before Act. */
  readonly act?: { readonly plan: Plan; readonly mode: OperatingMode }
  /** Calls of this run that have an outcome. */
  readonly toolCalls: number
  /** Files written in this run: path from the workspace root, and size in bytes. */
  readonly files: ReadonlyMap<string, number>
  /** True if a run has ended since the view began, and no other run was started. */
  readonly isOver: boolean
}

/**
 * The view that begins at a folded session.
 *
 * @since 0.1.0
 * @category constructors
 */
export const viewFrom = (session: Folded): RunView => ({
  session,
  phases: [session.state.phase],
  toolCalls: 0,
  files: new Map(),
  isOver: false
})

/**
 * The view after one more record.
 *
 * @since 0.1.0
 * @category folds
 */
export const viewAfter = (before: RunView, record: EventRecord): RunView => {
  const { kind } = record
  const after = { ...before, session: sessionFold.step(before.session, record) }
  switch (kind.type) {
    case "RunStarted":
      return { ...after, toolCalls: 0, files: new Map(), isOver: false }
    case "RunFinished":
    case "RunErrored":
      return { ...after, isOver: true }
    case "ToolResult":
      return { ...after, toolCalls: before.toolCalls + 1 }
    case "FileWritten":
      return { ...after, files: new Map(before.files).set(kind.path, kind.sizeBytes) }
    case "PhaseEntered": {
      const { act: earlier, ...rest } = after
      const { mode, tick } = after.session.state
      const isNew = tick > before.session.state.tick
      const entered = phasesOf(kind)
      const act =
        entered.includes("act") && kind.plan !== undefined ? { plan: kind.plan, mode } : isNew ? undefined : earlier
      return {
        ...rest,
        phases: isNew ? entered : [...before.phases, ...entered],
        ...(act === undefined ? {} : { act })
      }
    }
    default:
      return after
  }
}
