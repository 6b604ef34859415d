/**
 * The fold: state is a function of the journal and of nothing else.
 *
 * The reducers are plain functions, one per kind of event that changes the state. All other events leave the state as
 * it is.
 *
 * @since 0.1.0
 */
import {
  type ActLog,
  type AgentState,
  type ClosedRun,
  emptyAct,
  estimateTokens,
  type EventKind,
  type EventKindOf,
  type EventRecord,
  isRawKind,
  noUsage,
  type OperatingMode,
  phasesOf,
  type TickPhase,
  type TokenUsage,
  totalTokens
} from "../layers/aios/index.js"
import { calibrate, calibrated } from "./context/tokens.js"
import { asked, gated, granted, refused, started } from "./calls.js"
import { dequeue, enqueue, settleInterruption } from "./queue.js"
import type { FoldEvent, Reducers } from "./Reducers.js"
import { verified, withoutDebt } from "./unverified.js"

const perceivable = (state: AgentState): AgentState => ({ ...state, unperceived: state.unperceived + 1 })

const reducers: Reducers = {
  SessionCreated: (state, { agentId, name, parentId, soul, policy, model }) => ({
    ...state,
    agentId,
    name,
    soul,
    policy,
    ...(parentId === undefined ? {} : { parentId }),
    ...(model === undefined ? {} : { model })
  }),
  SessionConfigured: (state, { soul = state.soul, policy = state.policy, model }) => ({
    ...state,
    soul,
    policy,
    ...(model === undefined ? {} : { model })
  }),
  SessionResumed: (state, _, { at }) => ({
    ...state,
    closed: false,
    // The time between the two processes does not count as work.
    act: { ...state.act, startedAt: at, endedAt: at }
  }),
  SessionClosed: (state) => ({ ...state, closed: true }),
  UserMessage: (state, { content }, { sequence }) => ({
    ...perceivable(state),
    ...grown(state, content.length),
    transcriptFrom: state.transcriptFrom === 0 ? sequence : state.transcriptFrom
  }),
  ExternalSignal: (state, { signalType, data }) => {
    const next = perceivable(state)
    if (signalType !== cancelSignal || next.run === undefined) return next
    return { ...next, run: { ...next.run, cancelled: typeof data === "string" ? data : "cancelled" } }
  },
  RunStarted: ({ lastCall: _, ...state }, { runId, budget }, { sequence }) => ({
    ...perceivable(state),
    run: {
      runId,
      objectiveSequence: sequence - 1,
      startSequence: sequence,
      ticks: 0,
      usage: noUsage,
      costUsd: 0,
      budget
    },
    budget,
    vector: { ...state.vector, progress: 0, uncertainty: 0.7, errorStreak: 0, humanDependency: 0 }
  }),
  RunFinished: (state, { runId, reason, ticks, usage, costUsd, finalAnswer, unverified }) =>
    closeRun(state, {
      runId,
      reason,
      ticks,
      usage,
      costUsd,
      ...(finalAnswer === undefined ? {} : { finalAnswer }),
      ...(unverified === undefined ? {} : { unverified })
    }),
  RunErrored: (state, { runId, error }) =>
    closeRun(state, {
      runId,
      reason: "error",
      ticks: state.run?.ticks ?? 0,
      usage: state.run?.usage ?? noUsage,
      costUsd: state.run?.costUsd ?? 0,
      error
    }),
  PhaseEntered: (state, kind, { at }) => phasesOf(kind).reduce((next, phase) => enter(next, phase, kind, at), state),
  ModeChanged: ({ modeRule: _, ...state }, { to, rule }) => ({
    ...state,
    mode: to,
    ...(rule === undefined ? {} : { modeRule: rule }),
    ...(to === "Verify" && state.unverified !== undefined ? { checkOwed: true } : {})
  }),
  StateEstimated: (state, { vector, budget, costUsd = 0 }) =>
    withoutDebt({
      ...state,
      vector,
      budget,
      ...(costUsd > 0 && state.run && { run: { ...state.run, costUsd: state.run.costUsd + costUsd } })
    }),
  GatesUpdated: ({ gauges: _, withheld: __, ...state }, { gates: { gauges, withheld } }) => ({
    ...state,
    ...(withheld && { withheld }),
    ...(gauges && { gauges })
  }),
  AssistantMessage: (state, { content, stopReason, usage, costUsd, requestTokens }, { at }) => {
    const tokens = totalTokens(usage)
    const calibration =
      requestTokens === undefined ? state.calibration : calibrate(state.calibration, requestTokens, usage)
    const spent = spend(state, usage, costUsd)
    const next = {
      ...spent,
      act: { ...actEnd(spent, at), thought: true },
      ...(calibration === undefined ? {} : { calibration }),
      ...(tokens > 0
        ? { transcriptTokens: tokens }
        : requestTokens === undefined
          ? grown(state, content.length)
          : { transcriptTokens: calibrated(requestTokens + estimateTokens(content.length), calibration) })
    }
    return next.run === undefined ? next : { ...next, run: { ...next.run, answer: content, stopReason } }
  },
  ModelFailed: (state, { retryable, message }, { at }) => {
    const next = { ...state, act: { ...actEnd(state, at), modelFailures: state.act.modelFailures + 1 } }
    return retryable || state.run === undefined ? next : { ...next, run: { ...state.run, failed: message } }
  },
  ToolCall: asked,
  ToolResult: (state, kind, { at }) => {
    const { callId, status, output, usage = noUsage, costUsd = 0, ticks, toolCalls } = kind
    const call = state.calls.find((pending) => pending.callId === callId)
    if (call === undefined) return state
    const { run } = state
    const effect = kind.changes !== undefined ? "changes" : kind.reads !== undefined ? "reads" : undefined
    return {
      ...verified(state, call.toolName, kind),
      calls: state.calls.filter((pending) => pending !== call),
      act: {
        ...actEnd(state, at),
        results: [...state.act.results, { toolName: call.toolName, status, ...(effect && { effect }) }],
        tokens: state.act.tokens + totalTokens(usage),
        costUsd: state.act.costUsd + costUsd,
        ...(ticks === undefined ? {} : { ticks: (state.act.ticks ?? 0) + ticks }),
        ...(toolCalls === undefined ? {} : { toolCalls: (state.act.toolCalls ?? 0) + toolCalls })
      },
      ...(run && { run: { ...run, usage: addUsage(run.usage, usage), costUsd: run.costUsd + costUsd } }),
      ...grown(state, sizeOf(output))
    }
  },
  PolicyEvaluated: (state, { ruleId }) =>
    ruleId.startsWith(modeRulePrefix)
      ? { ...state, act: { ...state.act, objections: state.act.objections + 1 } }
      : state,
  ApprovalRequested: gated,
  ApprovalGranted: (state, kind) => granted(perceivable(state), kind),
  ApprovalDenied: (state, kind) => refused(perceivable(state), kind),
  Queued: enqueue,
  QueueDrained: dequeue,
  Steered: (state, { queueId }) => (state.run === undefined ? state : { ...state, interruption: queueId }),
  ContextCompacted: (state, { fromSequence, tokensAfter, usage, costUsd }, { at }) => {
    const next = { ...state, transcriptFrom: fromSequence, transcriptTokens: tokensAfter }
    if (usage === undefined) return next
    const spent = spend(next, usage, costUsd)
    return { ...spent, act: actEnd(spent, at) }
  },
  CheckpointCreated: (state, { eventSequence }) => ({
    ...state,
    checkpointTick: state.tick,
    checkpointSequence: eventSequence
  })
}

/**
 * The type of the external signal that asks for the end of the open run; its data is the reason.
 *
 * @since 0.1.0
 * @category constants
 */
export const cancelSignal = "cancel"

const modeRulePrefix = "mode:"

/**
 * The `ruleId` of a call that a mode denies.
 *
 * @since 0.1.0
 * @category conversions
 */
export const modeRule = (mode: OperatingMode): string => `${modeRulePrefix}${mode}`

const enter = (
  state: AgentState,
  phase: TickPhase,
  { deferred, plan = "rest" }: Pick<EventKindOf<"PhaseEntered">, "deferred" | "plan">,
  at: number
): AgentState => {
  switch (phase) {
    case "perceive":
      return {
        ...state,
        phase,
        tick: state.tick + 1,
        ...(state.run === undefined ? {} : { run: { ...state.run, ticks: state.run.ticks + 1 } })
      }
    case "orient":
      return settleInterruption({ ...state, phase, unperceived: 0 })
    case "decide":
      // The log of the act begins here, because calls that Decide refuses count like calls that Act runs.
      return { ...state, phase, act: { ...emptyAct, startedAt: at, endedAt: at } }
    case "act": {
      const { turnEvents: _, ...rest } = state
      return {
        ...rest,
        phase,
        plan,
        calls:
          plan === "tools"
            ? state.calls.map((call) => (deferred?.callIds.includes(call.callId) ? call : started(call)))
            : state.calls,
        ...(deferred && { turnEvents: deferred.events })
      }
    }
    case "observe":
      return settleInterruption({ ...state, phase })
    default:
      return { ...state, phase }
  }
}

// Adds text to the size of the conversation, in the provider's tokens as far as they are known.
const grown = ({ calibration, transcriptTokens }: AgentState, characters: number) => ({
  transcriptTokens: transcriptTokens + calibrated(estimateTokens(characters), calibration)
})

const spend = (state: AgentState, usage: TokenUsage, costUsd = 0): AgentState => {
  const { act, run } = state
  return {
    ...state,
    act: { ...act, tokens: act.tokens + totalTokens(usage), costUsd: act.costUsd + costUsd },
    ...(run && { run: { ...run, usage: addUsage(run.usage, usage), costUsd: run.costUsd + costUsd } })
  }
}

const actEnd = (state: AgentState, at: number): ActLog => ({ ...state.act, endedAt: Math.max(at, state.act.startedAt) })

const closeRun = (state: AgentState, lastRun: ClosedRun): AgentState => {
  const { interruption: _, run: __, ...rest } = state
  // A run may be closed in the middle of a tick; the rest of that tick belongs to no run.
  return { ...rest, lastRun, calls: [], plan: "rest", act: emptyAct }
}

const addUsage = (a: TokenUsage, b: TokenUsage): TokenUsage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens
})

const sizeOf = (output: unknown): number => (typeof output === "string" ? output.length : JSON.stringify(output).length)

/**
 * The state after one more event.
 *
 * @since 0.1.0
 * @category folds
 */
export const reduce = (state: AgentState, event: FoldEvent): AgentState => {
  if (isRawKind(event.kind)) return state
  const reducer = reducers[event.kind.type] as
    | ((state: AgentState, kind: EventKind, event: FoldEvent) => AgentState)
    | undefined
  return reducer === undefined ? state : reducer(state, event.kind, event)
}

/**
 * The event of a stored record, as the fold takes it.
 *
 * @since 0.1.0
 * @category conversions
 */
export const foldEvent = (record: EventRecord): FoldEvent => ({
  sequence: record.sequence,
  at: Date.parse(record.timestamp),
  kind: record.kind
})
