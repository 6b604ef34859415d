/**
 * Answers to approvals by the program that waits for a run.
 *
 * @since 0.1.0
 */
import { Effect, Option, type Scope, Stream } from "effect"
import {
  type ApprovalError,
  type EventRecord,
  type JournalError,
  journalRetry,
  Limits,
  type WaitingCall
} from "../../layers/aios/index.js"
import { approvalsOf } from "../../machines/index.js"
import type { Agent, RunOptions } from "../Agent.js"
import type { AgentActor } from "../agent/AgentActor.js"
import type { Runtime } from "../agent/Runtime.js"

// The call no longer waits: another client was faster, its time is over, or its run has ended.
const settled: ReadonlySet<ApprovalError["reason"]> = new Set(["AlreadyAnswered", "Expired", "Unknown", "Stopped"])

/**
 * Takes over the approvals of a run that is about to begin, until the scope ends. Gives the effect that answers them,
 * which never succeeds.
 */
export const takeApprovals = Effect.fnUntraced(function* (
  runtime: Runtime,
  agent: AgentActor,
  runId: string,
  { approve, deny }: Pick<Agent, "approve" | "deny">,
  onApproval: NonNullable<RunOptions["onApproval"]>
): Effect.fn.Return<Effect.Effect<never, JournalError>, JournalError, Scope.Scope> {
  const answer = Effect.fnUntraced(function* (approvalId: string) {
    const { committed, committedSequence } = yield* runtime.load(agent)
    const call = approvalsOf(committed).find((waiting) => waiting.approvalId === approvalId)
    if (call === undefined) return
    const warn = (what: string, ...more: ReadonlyArray<unknown>) =>
      Effect.logWarning(
        `onApproval ${what}; the call ${call.callId} goes on waiting for the approval ${approvalId}`,
        ...more
      )
    const given = Effect.suspend(() => {
      const answered = onApproval(call)
      return Effect.isEffect(answered) ? answered : Effect.succeed(answered)
    })
    const reply = Effect.catchAllDefect(given, (defect) => Effect.as(warn("broke", defect), undefined))
    // The answer of another client, the time limit or the end of the run makes the program's answer void.
    const outcome = runtime.pen.journal
      .tail({ ...agent.stream, after: committedSequence, types: ["ApprovalGranted", "ApprovalDenied", "ToolResult"] })
      .pipe(
        Stream.filter(({ kind }) => ends(kind, call)),
        Stream.runHead
      )
    const first = yield* Effect.raceFirst(reply, Effect.as(outcome, undefined))
    if (first === undefined) return
    if (first.decision !== "approve" && first.decision !== "deny") {
      return yield* warn("has to give an answer, or an effect of one, with the decision approve or deny")
    }
    yield* (first.decision === "approve" ? approve(approvalId, first) : deny(approvalId, first)).pipe(
      // If the answer was recorded although the append failed, the next attempt says so.
      journalRetry(Limits.journalRetriesMax),
      Effect.catchTag("ApprovalError", ({ message, reason }) =>
        settled.has(reason) ? Effect.void : warn(`gave an answer that does not fit: ${message}`)
      )
    )
  })
  yield* Effect.acquireRelease(
    Effect.sync(() => runtime.answered.add(runId)),
    () => Effect.sync(() => runtime.answered.delete(runId))
  )
  // The position is taken before the run begins, so that no request is missed.
  const { committedSequence: after } = yield* runtime.load(agent)
  return Stream.filterMap(runtime.pen.journal.tail({ ...agent.stream, after }), approvalOf).pipe(
    // The calls of a turn are the bound.
    Stream.mapEffect(answer, { concurrency: "unbounded", unordered: true }),
    Stream.runDrain,
    Effect.zipRight(Effect.never)
  )
})

const approvalOf = ({ kind }: EventRecord): Option.Option<string> =>
  kind.type === "ApprovalRequested" ? Option.some(kind.approvalId) : Option.none()

const ends = (kind: EventRecord["kind"], { approvalId, callId }: WaitingCall): boolean =>
  kind.type === "ToolResult"
    ? kind.callId === callId
    : (kind.type === "ApprovalGranted" || kind.type === "ApprovalDenied") && kind.approvalId === approvalId
