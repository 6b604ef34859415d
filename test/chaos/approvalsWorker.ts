/**
 * A life of an agent that asks before it takes a note, and of a person who answers or does not: `node launch.cjs
 * approvalsWorker.cjs FATE ROLE WORKSPACE DATA_DIR`. The role `life` works, and `visit` only answers.
 *
 * The final answer of the run is what the model was told of each call.
 */
import { Clock, Effect, Either, Stream } from "effect"
import type { Agent } from "../../src/actors/Agent.js"
import type { ModelRequest } from "../../src/layers/aios/index.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import type { PendingCall } from "../../src/machines/index.js"
import { actor, answerMs, notesCount, reasonFor, timeoutMs, waitMs } from "./fates.js"
import { live, visit } from "./live.js"
import { noteTool } from "./noteTool.js"

const [, , , fate = "", role = "", workspace = "", dataDir = ""] = process.argv

// A note that a mode refused before a person was asked is tried again under another id.
const isSettled = ({ output, status }: { readonly output: unknown; readonly status: string }): boolean =>
  status !== "denied" || JSON.stringify(output).includes("was not approved")

// A look after anything but a success keeps the agent out of the modes that refuse changes.
const turnFor = ({ messages }: ModelRequest, turn: number): ScriptedModel.ScriptedTurn => {
  const told = messages.flatMap((message) => (message.role === "tool" ? message.results : []))
  const notes = told.filter(({ toolName }) => toolName === "take_note")
  const note = notes.filter(isSettled).length
  if (note === notesCount)
    return { content: notes.map(({ callId, output }) => JSON.stringify([callId, output])).join("\n") }
  return told.at(-1)?.status === "ok"
    ? ScriptedModel.call("take_note", { note }, `note-${note}-${notes.length}`)
    : ScriptedModel.call("list_dir", { path: "." }, `look-${turn}`)
}

const answer = (agent: Agent, approvalId: string, callId: string) =>
  fate === "approve"
    ? agent.approve(approvalId, { actor })
    : agent.deny(approvalId, { actor, reason: reasonFor(callId) })

/** Answers each approval as a person beside the agent would, who knows only what is durable. */
const answering = (agent: Agent) =>
  Stream.runForEach(agent.events, ({ kind }) => {
    if (kind.type !== "ApprovalRequested") return Effect.void
    return Effect.gen(function* () {
      const { approvals } = yield* agent.snapshot
      // An earlier life may have answered already.
      if (!approvals.some(({ approvalId }) => approvalId === kind.approvalId)) return
      yield* Effect.sleep(answerMs)
      yield* answer(agent, kind.approvalId, kind.callId)
    })
  })

/** Allows the call when its time is over, which must fail, and stays until the denial is durable. */
const comingTooLate = (agent: Agent, approvalId: string, { request }: PendingCall) =>
  Effect.gen(function* () {
    yield* Effect.sleep(Math.max(0, (request?.dueAt ?? 0) - (yield* Clock.currentTimeMillis)))
    const given = yield* Effect.either(agent.approve(approvalId, { actor }))
    if (Either.isRight(given)) return yield* Effect.dieMessage(`${approvalId} was approved although its time is over`)
    const { message, reason } = given.left
    if (reason !== "Expired" && reason !== "AlreadyAnswered") return yield* Effect.dieMessage(message)
    yield* agent.events.pipe(
      Stream.filter(({ kind }) => kind.type === "ApprovalDenied" && kind.approvalId === approvalId),
      Stream.runHead
    )
  })

const answeringWhatWaits = (agent: Agent) =>
  Effect.gen(function* () {
    const { approvals } = yield* agent.snapshot
    for (const call of approvals) {
      const { approvalId = "", callId } = call
      yield* fate === "timeout" ? comingTooLate(agent, approvalId, call) : answer(agent, approvalId, callId)
    }
  })

const options = {
  workspace,
  dataDir,
  provider: ScriptedModel.layer(turnFor),
  approvalWarnings: false,
  tools: [noteTool(workspace, "fs:overwrite:/notes.txt", waitMs)]
}

// The time in the journal counts, not the time that the later process would allow.
void (role === "visit"
  ? visit(answeringWhatWaits, options)
  : live(
      "Take the notes",
      fate === "timeout" ? { ...options, approvalTimeoutMs: timeoutMs } : options,
      { toolCallsRemaining: 1_000, ticksRemaining: 1_000, errorBudgetRemaining: 100 },
      fate === "timeout" ? () => Effect.void : answering
    ))
