/**
 * Invariants of every history, for every seed: small named functions, checked after every durable record and at the
 * end. Users add their own.
 *
 * @since 0.1.0
 */
import { digestOf, genesisDigest, Limits, nextPhase, phasesOf, typeOf } from "../layers/aios/index.js"
import { sessionFold } from "../Life.js"
import type { History, SessionHistory } from "./History.js"
import { approvalInvariants } from "./invariants/approvals.js"
import type { Invariant } from "./invariants/Invariant.js"
import { modeInvariants } from "./invariants/modes.js"
import { rightsInvariants } from "./invariants/rights.js"
import { steeringInvariants } from "./invariants/steering.js"
import { waiting } from "./settled.js"

const denseSequences: Invariant = {
  name: "sequences are dense",
  onRecord: ({ sequence }, { records }) =>
    sequence === records.length ? undefined : `record ${records.length} of the session has sequence ${sequence}`
}

const digestChain: Invariant = {
  name: "the digest chain is intact",
  onRecord: (record, { records }) => {
    const previous = records.at(-2)?.digest ?? genesisDigest
    return digestOf(previous, record) === record.digest ? undefined : "the digest does not fit"
  }
}

const checkpointsMatch: Invariant = {
  name: "a checkpoint holds what the fold gives",
  onRecord: ({ kind }, { foldedBefore }) =>
    kind.type === "CheckpointCreated" && sessionFold.expected(foldedBefore, kind).stateHash !== kind.stateHash
      ? `checkpoint at ${kind.eventSequence} has another hash than the fold`
      : undefined
}

const phaseOrder: Invariant = {
  name: "phases come in order",
  onRecord: ({ kind }, { before }) => {
    if (kind.type !== "PhaseEntered") return undefined
    let last = before.phase
    for (const phase of phasesOf(kind)) {
      if (phase !== nextPhase(last)) return `${phase} comes after ${last}`
      last = phase
    }
    return undefined
  }
}

const oneOpenRun: Invariant = {
  name: "at most one run is open, and what ends was open",
  onRecord: ({ kind }, { before }) => {
    if (kind.type === "RunStarted") return before.run === undefined ? undefined : `${before.run.runId} was open`
    if (kind.type !== "RunFinished" && kind.type !== "RunErrored") return undefined
    return before.run?.runId === kind.runId ? undefined : `${kind.runId} ended but was not open`
  }
}

const oneOutcome: Invariant = {
  name: "every call has exactly one outcome",
  onRecord: ({ kind }, { before, state }) => {
    if (kind.type === "ToolResult" && !before.calls.some(({ callId }) => callId === kind.callId)) {
      return `${kind.callId} got an outcome but was not waiting for one`
    }
    if ((kind.type === "RunFinished" || kind.type === "RunErrored") && before.calls.length > 0) {
      return `the run ended while ${before.calls.map(({ callId }) => callId).join(", ")} had no outcome`
    }
    return new Set(state.calls.map(({ callId }) => callId)).size === state.calls.length
      ? undefined
      : "a call id is doubled"
  }
}

const durableIntent: Invariant = {
  name: "a call runs only after the decision is durable",
  onExecution: ({ callId, sessionId }, history) =>
    history.session(sessionId)?.state.calls.some((call) => call.callId === callId && call.status === "started")
      ? undefined
      : `${callId} ran and the journal does not know it`
}

const neverTwice: Invariant = {
  name: "what is not idempotent never runs twice",
  onExecution: ({ callId, idempotent, readOnly, sessionId }, history) =>
    !readOnly && !idempotent && history.executionsOf(sessionId).filter((other) => other.callId === callId).length > 1
      ? `${callId} ran again`
      : undefined
}

const budgetsHold: Invariant = {
  name: "a budget is never negative and never exceeded by more than one call",
  onRecord: ({ kind }, { before }) => {
    if (kind.type !== "StateEstimated") return undefined
    const negative = Object.entries(kind.budget).find(([, left]) => left < 0)
    if (negative !== undefined) return `${negative[0]} is ${negative[1]}`
    const ran = before.act.results.filter(({ status }) => status !== "denied" && status !== "cancelled").length
    return ran > before.budget.toolCallsRemaining + 1
      ? `${ran} calls ran with ${before.budget.toolCallsRemaining} left`
      : undefined
  }
}

const useIsSpent: Invariant = {
  name: "what a run uses is taken off its budget",
  onRecord: ({ kind }, { before }) => {
    if (kind.type !== "StateEstimated" || before.run === undefined) return undefined
    const ran = before.act.results.filter(({ status }) => status !== "denied" && status !== "cancelled").length
    const { ticks = 0, tokens, toolCalls = 0 } = before.act
    const used = { ticksRemaining: 1 + ticks, tokensRemaining: tokens, toolCallsRemaining: ran + toolCalls }
    const wrong = (["ticksRemaining", "tokensRemaining", "toolCallsRemaining"] as const).find(
      (name) => kind.budget[name] !== Math.max(before.budget[name] - used[name], 0)
    )
    return wrong === undefined
      ? undefined
      : `${wrong} went from ${before.budget[wrong]} to ${kind.budget[wrong]}, and ${used[wrong]} was used`
  }
}

const callsWithinBudget: Invariant = {
  name: "no more calls run than a run has budget for",
  onExecution: ({ runId, sessionId }, history) => {
    const session = history.session(sessionId)
    const started = session?.records[(session.state.run?.startSequence ?? 0) - 1]?.kind
    if (started === undefined || started.type !== "RunStarted") return undefined
    const most = started.budget.toolCallsRemaining
    const calls = new Set(
      history.executionsOf(sessionId).flatMap((other) => (other.runId === runId ? [other.callId] : []))
    )
    return calls.size > most ? `${calls.size} calls ran, and the run had a budget of ${most}` : undefined
  }
}

const mailboxBounded: Invariant = {
  name: "the mailbox keeps its bound",
  onRecord: (_, { state }) =>
    state.unperceived > Limits.mailboxMessagesMax + 8 ? `${state.unperceived} messages are not perceived` : undefined
}

const nothingLost: Invariant = {
  name: "an acknowledged message is never lost",
  atEnd: ({ acknowledged, sessions }) => {
    const missing = new Map<string, number>()
    const count = (sessionId: string, content: string, by: number) => {
      const message = `${sessionId} lost ${JSON.stringify(content)}`
      missing.set(message, (missing.get(message) ?? 0) + by)
    }
    for (const { content, isQueued, sessionId } of acknowledged) if (!isQueued) count(sessionId, content, 1)
    for (const { records, sessionId } of sessions) {
      for (const { kind } of records) {
        if (kind.type === "UserMessage") count(sessionId, kind.content, -1)
      }
    }
    return [...missing].find(([, times]) => times > 0)?.[0]
  }
}

const runsEnd: Invariant = {
  name: "a run always ends",
  atEnd: ({ sessions }, ended) => {
    const open = ended ? sessions.find(({ state }) => state.run !== undefined) : undefined
    return open === undefined ? undefined : `${open.sessionId} has the open run ${open.state.run?.runId}`
  }
}

const cancelledIsCancelled: Invariant = {
  name: "a cancelled run finishes as cancelled",
  onRecord: ({ kind }, { before }) =>
    kind.type === "RunFinished" && before.run?.cancelled !== undefined && kind.reason !== "cancelled"
      ? `${kind.runId} was cancelled and finished as ${kind.reason}`
      : undefined
}

const perceivedInTheEnd: Invariant = {
  name: "a message is perceived in the end",
  atEnd: (history, ended) => {
    const session = ended ? waiting(history)[0] : undefined
    return session && `${session.sessionId} has not perceived ${session.state.unperceived} of what it was told`
  }
}

const closedIsClosed: Invariant = {
  name: "nothing happens in a closed session before it is resumed",
  onRecord: ({ kind }, { before }) =>
    before.closed && !["SessionResumed", "SessionClosed", "CheckpointCreated"].includes(kind.type)
      ? `${typeOf(kind)} came after the session was closed`
      : undefined
}

const stoppedTogether: Invariant = {
  name: "a child is stopped with its parent",
  onRecord: ({ kind, sessionId }, _, history) => {
    if (kind.type !== "SessionClosed") return undefined
    const left = history.sessions.find(
      (child) => child.state.run !== undefined && parentOf(history, child) === sessionId
    )
    return left && `${sessionId} is stopped, and its child ${left.sessionId} has the open run ${left.state.run?.runId}`
  }
}

const parentOf = ({ parents }: History, { sessionId, state }: SessionHistory): string | undefined =>
  parents.has(sessionId) ? parents.get(sessionId) : state.parentId

/**
 * The invariants of the product.
 *
 * @since 0.1.0
 * @category constants
 */
export const invariants: ReadonlyArray<Invariant> = [
  denseSequences,
  digestChain,
  checkpointsMatch,
  phaseOrder,
  oneOpenRun,
  oneOutcome,
  ...modeInvariants,
  ...approvalInvariants,
  ...rightsInvariants,
  durableIntent,
  neverTwice,
  budgetsHold,
  useIsSpent,
  callsWithinBudget,
  mailboxBounded,
  nothingLost,
  ...steeringInvariants,
  runsEnd,
  cancelledIsCancelled,
  perceivedInTheEnd,
  stoppedTogether,
  closedIsClosed
]
