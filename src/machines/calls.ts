/**
 * The fold of calls: asked for, gated, approved, refused and started; their repetition in a row, and the standing
 * approvals.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  type ApprovalTerms,
  type EventKindOf,
  hashOf,
  Limits,
  type PendingCall,
  type StandingGrant
} from "../layers/aios/index.js"

/**
 * The model asked for a call.
 */
export const asked = (
  state: AgentState,
  { callId, toolName, input, malformed }: EventKindOf<"ToolCall">
): AgentState => {
  const lastCall = countCall(state, toolName, malformed ?? input)
  const call: PendingCall = {
    callId,
    toolName,
    input,
    status: "requested",
    ...(malformed === undefined ? {} : { malformed }),
    ...(lastCall.count === 1 ? {} : { repetition: lastCall.count })
  }
  return { ...state, calls: [...state.calls, call], lastCall }
}

const countCall = ({ lastCall }: AgentState, toolName: string, input: unknown) => {
  const signature = hashOf({ toolName, input })
  const count = signature === lastCall?.signature ? lastCall.count + 1 : 1
  return { signature, count: Math.min(count, Limits.repeatedCallsWindow) }
}

/**
 * Act begins with a call.
 */
export const started = (call: PendingCall): PendingCall =>
  call.status === "requested" || call.status === "granted" ? { ...call, status: "started" } : call

/**
 * A person is asked about a call.
 */
export const gated = (
  state: AgentState,
  {
    approvalId,
    callId,
    capability,
    capabilities = [capability],
    risk,
    reason,
    askedBy,
    dueAt
  }: EventKindOf<"ApprovalRequested">
): AgentState =>
  updateCall(state, (call) => call.callId === callId, {
    status: "gated",
    approvalId,
    request: {
      capabilities,
      risk,
      ...(reason === undefined ? {} : { reason }),
      ...(askedBy === undefined ? {} : { askedBy }),
      ...(dueAt === undefined ? {} : { dueAt })
    }
  })

/**
 * A person approved a call, and perhaps more.
 */
export const granted = (state: AgentState, kind: EventKindOf<"ApprovalGranted">): AgentState => {
  const { approvalId, actor, capabilities, input } = kind
  const calls = state.calls.map((call): PendingCall => {
    if (call.approvalId !== approvalId) return call
    const { request } = call
    return {
      ...call,
      status: "granted",
      ...(input === undefined ? {} : { input, editedBy: actor }),
      ...(capabilities === undefined || request === undefined ? {} : { request: { ...request, capabilities } })
    }
  })
  return { ...state, ...grantsWith(state, kind), calls }
}

/**
 * A person refused a call, or no person answered in time.
 */
export const refused = (state: AgentState, { approvalId, actor, reason }: EventKindOf<"ApprovalDenied">): AgentState =>
  updateCall(state, (call) => call.approvalId === approvalId, {
    status: "refused",
    answer: reason ?? `refused by ${actor}`
  })

const updateCall = (
  state: AgentState,
  which: (call: PendingCall) => boolean,
  change: Partial<PendingCall>
): AgentState => ({ ...state, calls: state.calls.map((call) => (which(call) ? { ...call, ...change } : call)) })

const grantsWith = (
  { calls, grants = [] }: AgentState,
  kind: EventKindOf<"ApprovalGranted">
): Pick<AgentState, "grants"> => {
  const call = calls.find((pending) => pending.approvalId === kind.approvalId)
  const grant = standingGrant(kind, call?.request)
  return grant === undefined ? {} : { grants: [...grants, grant].slice(-Limits.grantsMax) }
}

/**
 * The standing grant of an approval, if the approval covers later calls too.
 *
 * @since 0.1.0
 * @category conversions
 */
export const standingGrant = (
  { approvalId, pattern, scope }: Pick<EventKindOf<"ApprovalGranted">, "approvalId" | "pattern" | "scope">,
  request: ApprovalTerms | undefined
): StandingGrant | undefined => {
  if (scope === "pattern" && pattern !== undefined) return { approvalId, pattern }
  return scope === "session" && request !== undefined ? { approvalId, capabilities: request.capabilities } : undefined
}

/**
 * The earliest deadline of a waiting approval, in milliseconds since the epoch.
 *
 * @since 0.1.0
 * @category getters
 */
export const dueAt = ({ calls }: AgentState): number | undefined => {
  let due: number | undefined
  for (const { request, status } of calls) {
    if (status !== "gated" || request?.dueAt === undefined) continue
    if (due === undefined || request.dueAt < due) due = request.dueAt
  }
  return due
}
