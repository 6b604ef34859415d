/**
 * Checks of an agent that asked before it took notes, with processes of the agent and of the person killed meanwhile.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { type EventRecord, timestampOf, type ToolStatus } from "../../src/layers/aios/index.js"
import { type Complaints, ofType } from "./evidence.js"
import { actor, type Fate, notesCount, reasonFor } from "./fates.js"
import { notesIn } from "./notes.js"
import type { Trial } from "./trial.js"

// A denial comes at once when its time is over; the rest of this limit is for a busy machine.
const promptMsMax = 5_000

interface Expectation {
  readonly answer: "ApprovalGranted" | "ApprovalDenied"
  readonly actor: string
  /** Allowed numbers of executions of a call with this outcome. */
  readonly executions: { readonly [S in ToolStatus]?: ReadonlyArray<number> }
}

const expectations: { readonly [F in Fate]: Expectation } = {
  approve: { answer: "ApprovalGranted", actor, executions: { ok: [1], unknown: [0, 1] } },
  deny: { answer: "ApprovalDenied", actor, executions: { denied: [0] } },
  timeout: { answer: "ApprovalDenied", actor: "timeout", executions: { denied: [0] } }
}

// The file is missing when every call is denied.
const linesIn = (workspace: string): ReadonlyArray<string> =>
  existsSync(join(workspace, "notes.txt")) ? notesIn(workspace) : []

/** Each call for a note, what was asked and answered for it, how it ended, and how often it was carried out. */
export const askedCalls = ({ records, workspace }: Trial) => {
  const lines = linesIn(workspace)
  const answers = [...ofType(records, "ApprovalGranted"), ...ofType(records, "ApprovalDenied")]
  return ofType(records, "ToolCall")
    .filter(({ kind }) => kind.toolName === "take_note")
    .map(({ kind: { callId } }) => {
      const requests = ofType(records, "ApprovalRequested").filter(({ kind }) => kind.callId === callId)
      const ids = new Set(requests.map(({ kind }) => kind.approvalId))
      return {
        callId,
        requests,
        answers: answers.filter(({ kind }) => ids.has(kind.approvalId)),
        results: ofType(records, "ToolResult").filter(({ kind }) => kind.callId === callId),
        executions: lines.filter((line) => line === callId).length
      }
    })
}

type AskedCall = ReturnType<typeof askedCalls>[number]

/** Every call was asked for once and answered once, and ended as its answer says. */
export const asAnswered =
  (fate: Fate) =>
  (trial: Trial): Complaints => {
    const calls = askedCalls(trial)
    // A mode may refuse a call before a person is asked, as it does after a call in doubt.
    const refused = calls.filter(({ requests }) => requests.length === 0)
    const asked = calls.filter(({ requests }) => requests.length > 0)
    const said = ofType(trial.records, "RunFinished")
      .map(({ kind }) => kind.finalAnswer ?? "")
      .join("\n")
    return [
      ...(asked.length === notesCount ? [] : [`${asked.length} notes were asked for, not ${notesCount}`]),
      ...refused.flatMap((call) =>
        call.executions === 0 && statusesOf(call) === "denied" ? [] : [`${call.callId} was never asked for, and ran`]
      ),
      ...asked.flatMap((call) => wrongCall(fate, call, trial.records, said).map((what) => `${call.callId} ${what}`)),
      ...linesIn(trial.workspace).flatMap((line) =>
        calls.some(({ callId }) => callId === line) ? [] : [`nobody asked for the note ${line}`]
      ),
      ...ofType(trial.records, "ApprovalRequested").flatMap(({ kind: { callId } }) =>
        asked.some((call) => call.callId === callId) ? [] : [`an approval was asked for the unknown call ${callId}`]
      )
    ]
  }

const statusesOf = ({ results }: AskedCall): string => results.map(({ kind }) => kind.status).join(", ")

const wrongCall = (
  fate: Fate,
  call: AskedCall,
  records: ReadonlyArray<EventRecord>,
  said: string
): ReadonlyArray<string> => {
  const { answers, callId, executions, requests, results } = call
  const [[request], [answer], [result]] = [requests, answers, results]
  if (request === undefined || answer === undefined || result === undefined || results.length > 1) {
    return [`has ${requests.length} requests, ${answers.length} answers and the outcomes [${statusesOf(call)}]`]
  }
  const expected = expectations[fate]
  const { status } = result.kind
  const due = request.kind.dueAt ?? 0
  const told = said.split("\n").find((line) => line.startsWith(JSON.stringify([callId]).slice(0, -1))) ?? ""
  const reason = fate === "deny" ? reasonFor(callId) : `no person answered by ${timestampOf(due)}`
  const wrong: ReadonlyArray<readonly [isWrong: boolean, what: string]> = [
    [requests.length > 1, `was asked for ${requests.length} times`],
    [answers.length > 1, `was answered ${answers.length} times`],
    [
      answer.kind.type !== expected.answer || answer.kind.actor !== expected.actor,
      `was answered by ${answer.kind.actor}`
    ],
    [
      !(request.sequence < answer.sequence && answer.sequence < result.sequence),
      "was not asked, answered and run in turn"
    ],
    [!expected.executions[status]?.includes(executions), `was carried out ${executions} times and is ${status}`],
    [fate !== "approve" && !told.includes(`was not approved: ${reason}`), `does not tell the model that ${reason}`],
    [fate === "timeout" && !isPrompt(records, due, answer), "was denied too early or too late"]
  ]
  return wrong.flatMap(([isWrong, what]) => (isWrong ? [what] : []))
}

// The answer comes at the time that its request names, or as soon as a process runs again.
const isPrompt = (records: ReadonlyArray<EventRecord>, due: number, answer: EventRecord): boolean => {
  const resumed = ofType(records.slice(0, answer.sequence - 1), "SessionResumed").at(-1)
  const at = Date.parse(answer.timestamp)
  return at >= due && at - Math.max(due, Date.parse(resumed?.timestamp ?? "1970-01-01")) <= promptMsMax
}

/** Stage of a call at the death of its process: `late` is asked, and its time ran out before the next process. */
export type Stage = "unasked" | "asked" | "late" | "answered" | "begun" | "settled"

/** Stage of the current call at the end of every process that had a successor. */
export const deathsOf = (records: ReadonlyArray<EventRecord>): ReadonlyArray<Stage> => {
  const deaths: Array<Stage> = []
  let stage: Stage = "unasked"
  let due = Number.POSITIVE_INFINITY
  for (const { kind, timestamp } of records) {
    if (kind.type === "SessionResumed") deaths.push(stage === "asked" && Date.parse(timestamp) >= due ? "late" : stage)
    else if (kind.type === "ToolCall" && kind.toolName === "take_note") stage = "unasked"
    else if (kind.type === "ApprovalRequested") [stage, due] = ["asked", kind.dueAt ?? due]
    else if (kind.type === "ApprovalGranted" || kind.type === "ApprovalDenied") stage = "answered"
    else if (kind.type === "PhaseEntered" && kind.plan === "tools" && stage === "answered") stage = "begun"
    else if (kind.type === "ToolResult" && stage !== "unasked") stage = "settled"
  }
  return deaths
}
