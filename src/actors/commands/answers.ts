/**
 * Answers to approvals by the program that waits for a run.
 *
 * @since 0.1.0
 */
import { Effect, Option, type Scope, Stream } from "effect"
import { type ApprovalError, type EventRecord, type JournalError, Limits } from "../../layers/aios/index.js"
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
    const { committed } = yield* runtime.load(agent)
    const call = approvalsOf(committed).find((waiting) => waiting.approvalId === approvalId)
    if (call === undefined) return
    const reply = yield* Effect.suspend(() => {
      const answered = onApproval(call)
      return Effect.isEffect(answered) ? answered : Effect.succeed(answered)
    }).pipe(
      Effect.asSome,
      Effect.catchAllDefect((defect) =>
        Effect.as(
          Effect.logWarning(`onApproval broke, and the call ${call.callId} goes on waiting for ${approvalId}`, defect),
          Option.none()
        )
      )
    )
    if (Option.isNone(reply)) return
    yield* (reply.value.decision === "approve" ? approve(approvalId, reply.value) : deny(approvalId, reply.value)).pipe(
      Effect.catchTag("ApprovalError", ({ message, reason }) =>
        settled.has(reason) ? Effect.void : Effect.logWarning(`onApproval gave an answer that does not fit: ${message}`)
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
    Stream.mapEffect(answer, { concurrency: Limits.toolConcurrencyMax, unordered: true }),
    Stream.runDrain,
    Effect.zipRight(Effect.never)
  )
})

const approvalOf = ({ kind }: EventRecord): Option.Option<string> =>
  kind.type === "ApprovalRequested" ? Option.some(kind.approvalId) : Option.none()
