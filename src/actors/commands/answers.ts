/**
 * Answers to approvals by the program that waits for a run.
 *
 * @since 0.1.0
 */
import { Effect, Option, Stream } from "effect"
import { type ApprovalError, type EventRecord, type JournalError, Limits } from "../../layers/aios/index.js"
import { approvalsOf } from "../../machines/index.js"
import type { Agent, RunOptions } from "../Agent.js"
import type { AgentActor } from "../agent/AgentActor.js"
import type { Runtime } from "../agent/Runtime.js"

// The call no longer waits: another client was faster, its time is over, or its run has ended.
const settled: ReadonlySet<ApprovalError["reason"]> = new Set(["AlreadyAnswered", "Expired", "Unknown", "Stopped"])

/**
 * Waits for a run, and answers each approval that the session asks for meanwhile.
 */
export const withAnswers = <A, E>(
  runtime: Runtime,
  agent: AgentActor,
  { approve, deny }: Pick<Agent, "approve" | "deny">,
  run: Effect.Effect<A, E>,
  onApproval: NonNullable<RunOptions["onApproval"]>
): Effect.Effect<A, E | JournalError> => {
  const answer = Effect.fnUntraced(function* (approvalId: string) {
    const { committed } = yield* runtime.load(agent)
    const call = approvalsOf(committed).find((waiting) => waiting.approvalId === approvalId)
    if (call === undefined) return
    const reply = yield* onApproval(call)
    yield* (reply.decision === "approve" ? approve(approvalId, reply) : deny(approvalId, reply)).pipe(
      Effect.catchTag("ApprovalError", ({ message, reason }) =>
        settled.has(reason) ? Effect.void : Effect.logWarning(`onApproval gave an answer that does not fit: ${message}`)
      )
    )
  })
  const answersAfter = (after: number) =>
    Stream.filterMap(runtime.pen.journal.tail({ ...agent.stream, after }), approvalOf).pipe(
      Stream.mapEffect(answer, { concurrency: Limits.toolConcurrencyMax, unordered: true }),
      Stream.runDrain
    )
  // The position is taken before the run begins, so that no request is missed.
  return Effect.flatMap(runtime.load(agent), ({ committedSequence }) =>
    Effect.acquireUseRelease(
      Effect.sync(() => runtime.answered.add(agent.sessionId)),
      () => Effect.raceFirst(run, Effect.zipRight(answersAfter(committedSequence), Effect.never)),
      () => Effect.sync(() => runtime.answered.delete(agent.sessionId))
    )
  )
}

const approvalOf = ({ kind }: EventRecord): Option.Option<string> =>
  kind.type === "ApprovalRequested" ? Option.some(kind.approvalId) : Option.none()
