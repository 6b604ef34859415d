/**
 * Invariants of approvals and of calls that repeat themselves. They judge by the records, and not by the state that the
 * fold gives.
 *
 * @since 0.1.0
 */
import {
  canonicalJson,
  capabilityCovers,
  evaluatePolicy,
  type EventKindOf,
  type EventRecord,
  type EventType,
  gatedOf,
  Limits
} from "../../layers/aios/index.js"
import type { SessionHistory } from "../History.js"
import type { Invariant } from "./Invariant.js"

const isType = <T extends EventType>(
  record: EventRecord,
  type: T
): record is EventRecord & { readonly kind: EventKindOf<T> } => record.kind.type === type

const kindsOf = <T extends EventType>({ records }: SessionHistory, type: T): ReadonlyArray<EventKindOf<T>> =>
  records.flatMap((record) => (isType(record, type) ? [record.kind] : []))

const approvalOf = ({ state }: SessionHistory, callId: string): string | undefined =>
  state.calls.find((call) => call.callId === callId)?.approvalId

const grantsAreOwn: Invariant = {
  name: "a gated call runs only with its own grant, or with a standing one that covers it",
  onExecution: ({ callId, capabilities, sessionId, toolName }, history) => {
    const session = history.session(sessionId)
    if (session === undefined) return undefined
    const approvalId = approvalOf(session, callId)
    const { policy } = session.state
    // The policy decides here, not the request to a person: the product may have forgotten a gate.
    const { decision } = evaluatePolicy(policy, capabilities)
    if (decision === "deny") return `${toolName} (${callId}) ran, and the policy denies it`
    if (approvalId === undefined && decision === "allow") return undefined
    const grants = kindsOf(session, "ApprovalGranted")
    if (grants.some((grant) => grant.approvalId === approvalId)) return undefined
    const uncovered = gatedOf(policy, capabilities).filter(
      (needed) => !grants.some((grant) => covers(session, grant, needed))
    )
    return approvalId === undefined && uncovered.length === 0
      ? undefined
      : `${toolName} (${callId}) ran without a grant of its own or one that covers ${uncovered.join(", ")}`
  }
}

const covers = (
  session: SessionHistory,
  { approvalId, pattern, scope }: EventKindOf<"ApprovalGranted">,
  needed: string
): boolean => {
  if (scope === "pattern") return pattern !== undefined && capabilityCovers(pattern, needed)
  const asked = kindsOf(session, "ApprovalRequested").find((request) => request.approvalId === approvalId)
  return scope === "session" && asked?.capabilities?.includes(needed) === true
}

const runsAsAsked: Invariant = {
  name: "a call runs with its own arguments, or with those a person gave it",
  onExecution: ({ callId, input, sessionId, toolName }, history) => {
    const session = history.session(sessionId)
    if (session === undefined) return undefined
    const approvalId = approvalOf(session, callId)
    const granted = kindsOf(session, "ApprovalGranted").find((grant) => grant.approvalId === approvalId)
    const asked = kindsOf(session, "ToolCall").findLast((call) => call.callId === callId)
    const expected = (approvalId === undefined ? undefined : granted?.input) ?? asked?.input ?? null
    return canonicalJson(expected) === canonicalJson(input)
      ? undefined
      : `${toolName} (${callId}) ran with ${canonicalJson(input)} instead of ${canonicalJson(expected)}`
  }
}

const approvalsOnce: Invariant = {
  name: "an approval is answered at most once",
  onRecord: ({ kind }, { before }) => {
    if (kind.type !== "ApprovalGranted" && kind.type !== "ApprovalDenied") return undefined
    return before.calls.some(({ approvalId, status }) => approvalId === kind.approvalId && status === "gated")
      ? undefined
      : `${kind.approvalId} was answered but nothing waited for it`
  }
}

const approvalsInTime: Invariant = {
  name: "people answer an approval while there is time, and the clock denies it afterwards",
  onRecord: (record, session) => {
    const granted = isType(record, "ApprovalGranted")
    if (!granted && !isType(record, "ApprovalDenied")) return undefined
    const { actor, approvalId } = record.kind
    const asked = kindsOf(session, "ApprovalRequested").find((request) => request.approvalId === approvalId)
    if (asked?.dueAt === undefined) return undefined
    const late = Date.parse(record.timestamp) - asked.dueAt
    if (late < 0) return actor === "timeout" ? `${approvalId} was denied ${-late} ms before its time` : undefined
    if (granted) return `${approvalId} was granted ${late} ms after its time`
    return actor === "timeout" ? undefined : `${approvalId} was answered ${late} ms after its time`
  }
}

const approvalsEnd: Invariant = {
  name: "an approval always ends",
  atEnd: ({ sessions }, ended) => {
    for (const session of ended ? sessions : []) {
      const open = new Map<string, string>()
      for (const record of session.records) {
        if (isType(record, "ApprovalRequested")) open.set(record.kind.callId, record.kind.approvalId)
        // The result of a call that a person approved or refused ends the approval, too.
        else if (isType(record, "ToolResult")) open.delete(record.kind.callId)
      }
      const [left] = open.values()
      if (left !== undefined) return `${session.sessionId} still waits for ${left}`
    }
    return undefined
  }
}

const circlesEnd: Invariant = {
  name: `no call runs that was made ${Limits.repeatedCallsMax} times in a row with the same arguments`,
  onExecution: ({ callId, sessionId, toolName }, history) => {
    const records = history.session(sessionId)?.records ?? []
    const at = records.findLastIndex((record) => isType(record, "ToolCall") && record.kind.callId === callId)
    let times = 0
    let first: string | undefined
    for (let index = at; index >= 0; index--) {
      const record = records[index]
      if (record === undefined || isType(record, "RunStarted")) break
      if (!isType(record, "ToolCall")) continue
      const call = canonicalJson([record.kind.toolName, record.kind.malformed ?? record.kind.input])
      if (call !== (first ??= call)) break
      times++
    }
    return times < Limits.repeatedCallsMax ? undefined : `${toolName} (${callId}) ran when it was made ${times} times`
  }
}

/**
 * The invariants of approvals and of repeated calls.
 */
export const approvalInvariants: ReadonlyArray<Invariant> = [
  grantsAreOwn,
  runsAsAsked,
  approvalsOnce,
  approvalsInTime,
  approvalsEnd,
  circlesEnd
]
