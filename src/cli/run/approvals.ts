/**
 * Answers to calls that need an approval: the command line grants them, the user is asked on a terminal, or they are
 * left for later.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Stream } from "effect"
import type { Agent } from "../../actors/index.js"
import {
  type ApprovalError,
  type EventKindOf,
  type Journal,
  type JournalError,
  mainBranch,
  pathScope
} from "../../layers/aios/index.js"
import { approvalsOf, type RunView } from "../../machines/index.js"
import { Output } from "../Output.js"
import type { RunSetup } from "./RunSetup.js"
import { question } from "./question.js"

/** A call that waits. */
export type Approval = EventKindOf<"ApprovalRequested">

const actor = "cli"

/** Answers a call. Gives `false` when the call was left for later. */
export const answer = Effect.fnUntraced(function* (setup: RunSetup, agent: Agent, approval: Approval) {
  const { approvalId } = approval
  const reason = grantedBy(setup, approval)
  if (reason !== undefined) {
    yield* inTime(agent.approve(approvalId, { actor, reason }))
    return true
  }
  // The answer to another call may have settled this call as well.
  const { approvals } = yield* agent.snapshot
  if (!approvals.some((waits) => waits.approvalId === approvalId)) return true
  let problem: string | undefined
  for (;;) {
    const said = yield* asked(setup, approval, problem)
    if (said === undefined) return approval.dueAt !== undefined && approval.dueAt <= (yield* Clock.currentTimeMillis)
    if (said === "denied") {
      yield* inTime(agent.deny(approvalId, { actor }))
      return true
    }
    problem = yield* inTime(agent.approve(approvalId, { actor, ...said.grant })).pipe(
      Effect.as(undefined),
      Effect.catchTag("ApprovalError", (error) =>
        // The changed arguments do not fit or are not allowed, so the user is asked again.
        error.reason === "InvalidInput" || error.reason === "Forbidden"
          ? Effect.succeed(error.message)
          : Effect.fail(error)
      )
    )
    if (problem === undefined) return true
  }
})

// An answer that comes too late is no failure: the approval has expired, or its run has ended.
const inTime = (given: Effect.Effect<void, ApprovalError | JournalError>) =>
  Effect.catchTag(given, "ApprovalError", (error) => (vain.has(error.reason) ? Effect.void : Effect.fail(error)))

const vain: ReadonlySet<ApprovalError["reason"]> = new Set(["Unknown", "AlreadyAnswered", "Expired"])

const grantedBy = ({ options, report }: RunSetup, { capabilities, capability }: Approval): string | undefined => {
  if (options.yes) return "--yes"
  // The report may be a link to another file, and then the call needs the capabilities of both.
  const isReport = (needed: string) => report !== undefined && needed === `fs:overwrite:${pathScope(report)}`
  if (!(capabilities ?? [capability]).every(isReport)) return undefined
  return `the objective names ${report} as the report`
}

const asked = Effect.fnUntraced(function* (
  { options, workspace }: RunSetup,
  approval: Approval,
  problem: string | undefined
) {
  const { interactive } = yield* Output
  return interactive && !options.json ? yield* question(workspace, approval, problem) : undefined
})

/** The calls of the open run that already wait, the oldest first. */
export const waiting = (journal: typeof Journal.Service, sessionId: string, { session }: RunView) => {
  const { sequence, state } = session
  const ids = new Set(approvalsOf(state).map(({ approvalId }) => approvalId))
  const after = state.run?.startSequence ?? sequence
  const types = ["ApprovalRequested"] as const
  return journal
    .stream({ sessionId, branchId: mainBranch, after, through: sequence, types })
    .pipe(
      Stream.runFold([] as ReadonlyArray<Approval>, (found, { kind }) =>
        kind.type === "ApprovalRequested" && ids.has(kind.approvalId) ? [...found, kind] : found
      )
    )
}
