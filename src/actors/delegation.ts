/**
 * Sub-agents: agents that an agent spawns for one objective, with less than it has itself.
 *
 * The session of a sub-agent follows from the call, so that a call that a crash interrupted finds the sub-agent it had:
 * nobody does the same work twice.
 *
 * @since 0.1.0
 */
import { Duration, Effect, Option, Stream } from "effect"
import { createHash } from "node:crypto"
import {
  type AgentState,
  type BudgetState,
  capabilityMatches,
  type ClosedRun,
  type DelegateOutcome,
  type DelegateRequest,
  type Journal,
  type JournalError,
  journalRetry,
  Limits,
  type LookupError,
  mainBranch,
  type PolicySet,
  type SpawnError,
  ToolError
} from "../layers/aios/index.js"
import type { Agent } from "./Agent.js"
import type { AgentActor } from "./agent/AgentActor.js"
import type { SpawnOptions } from "./SpawnOptions.js"
import type { Child } from "./supervision/Supervisor.js"
import { ran } from "./tick/observe.js"
import type { DelegatingCall } from "./tick/Tick.js"

/**
 * What having sub-agents needs of the system.
 */
export interface Delegating {
  readonly spawn: (options: SpawnOptions) => Effect.Effect<Agent, SpawnError | JournalError>
  readonly get: (sessionId: string) => Effect.Effect<Agent, LookupError | JournalError>
  readonly agents: ReadonlyMap<string, AgentActor>
  readonly journal: typeof Journal.Service
  /** Puts an agent to work that has a run open. */
  readonly wake: (sessionId: string) => Effect.Effect<void>
  /** Whether the process is coming to its end, which ends no run. */
  readonly isClosing: () => boolean
}

/**
 * Has a sub-agent do what a call asks for, and waits for its end.
 */
export const makeDelegate =
  (system: Delegating) =>
  (call: DelegatingCall) =>
  (request: DelegateRequest): Effect.Effect<DelegateOutcome, ToolError> => {
    const refuse = (reason: ToolError["reason"], message: string) =>
      new ToolError({ toolName: call.toolName, reason, message })
    const broken = ({ message }: Error) => refuse("Unavailable", message)
    return Effect.gen(function* () {
      const parent = system.agents.get(call.sessionId)
      const state = parent?.live?.state
      if (parent === undefined || state === undefined) return yield* refuse("Unavailable", "the agent is not at work")
      const id = createHash("sha256")
        .update(JSON.stringify([call.sessionId, call.runId, call.callId]))
        .digest("hex")
      const sessionId = `sub-${id.slice(0, 32)}`
      const budget = shareOf(state, call.toolName, request.budget)
      const spawn = Effect.suspend((): Effect.Effect<Agent, ToolError | SpawnError | LookupError | JournalError> => {
        const problem = problemOf(parent, request, state, budget)
        if (problem !== undefined) return refuse("PolicyViolation", problem)
        return Effect.flatMap(system.get(call.sessionId), (owner) =>
          system.spawn({
            name: `${request.name ?? "helper"}-${id.slice(0, 6)}`,
            sessionId,
            parent: owner,
            policy: policyFor(state.policy, request),
            soul: { ...state.soul, mission: `You help ${state.name} with one task` },
            ...(state.model === undefined ? {} : { model: state.model })
          })
        )
      })
      const child = yield* system.get(sessionId).pipe(
        Effect.catchTag("LookupError", (error) => (error.reason === "NotFound" ? spawn : error)),
        patiently,
        Effect.mapError((error) => (error._tag === "ToolError" ? error : broken(error)))
      )
      const closed = yield* lived(system, child, request.objective, budget).pipe(
        patiently,
        Effect.mapError(broken),
        // The end of the process, and a restart, are no end of the work.
        Effect.onExit(() => (system.isClosing() || parent.halting ? Effect.void : farewell(child)))
      )
      const used = yield* Effect.mapError(patiently(usedIn(system.journal, sessionId, closed)), broken)
      return outcomeOf(child, closed, used)
    })
  }

// It may have lived already, or be in the middle of it, when the call is made again after a crash.
const lived = Effect.fnUntraced(function* ({ wake }: Delegating, child: Agent, objective: string, budget: BudgetState) {
  const { lastRun, run } = yield* child.snapshot
  if (run === undefined && lastRun !== undefined) return lastRun
  // Where open runs do not go on by themselves, this one does with its parent's.
  if (run !== undefined) yield* wake(child.sessionId)
  const end = run === undefined ? child.run(objective, { budget }) : child.outcome
  const timeMs = Math.min(Limits.subAgentMsMax, budget.timeRemainingMs)
  const inTime = yield* Effect.timeoutOption(end, Duration.millis(timeMs))
  if (Option.isSome(inTime)) return inTime.value
  yield* Effect.ignore(child.cancel(`it took more than ${timeMs} ms`))
  return yield* child.outcome
})

// A call waits for it. What failed may have taken place, so each of these looks first.
const patiently = journalRetry(Limits.journalRetriesAwaitedMax)

const farewell = (child: Agent): Effect.Effect<void> =>
  patiently(child.stop).pipe(
    Effect.catchAllCause((cause) => Effect.logWarning(`the sub-agent ${child.name} could not be stopped`, cause))
  )

const depthOf = ({ supervisor: { owner } }: Child): number => (owner === undefined ? 0 : 1 + depthOf(owner))

const subAgentsOf = ({ children }: AgentActor): number =>
  [...(children?.children.values() ?? [])].filter(({ kind }) => kind === "agent").length

const problemOf = (
  parent: AgentActor,
  { capabilities = [] }: DelegateRequest,
  { policy }: AgentState,
  share: BudgetState
) => {
  if (depthOf(parent) >= Limits.subAgentDepthMax) {
    return `a sub-agent ${Limits.subAgentDepthMax} deep has no sub-agents of its own; do it yourself`
  }
  if (subAgentsOf(parent) >= Limits.subAgentsMax) {
    return `${Limits.subAgentsMax} sub-agents are at work already; wait for one to end`
  }
  const own = capabilities.find((wanted) => !policy.allow.some((allowed) => capabilityMatches(allowed, wanted)))
  if (own !== undefined) return `you cannot give away ${own}, which you do not have yourself`
  if (share.tokensRemaining < 1 || share.ticksRemaining < 1) return "too little of your budget is left to share it"
  return undefined
}

const policyFor = (policy: PolicySet, { capabilities }: DelegateRequest): PolicySet => ({
  ...policy,
  allow: capabilities ?? policy.allow,
  // Whoever could be asked looks at the agent, not at its sub-agents.
  unattended: true
})

// The calls of one act that have sub-agents, and the agent itself, get the same: of what is left behind this act, so that
// the agent has a tick for their answers.
const shareOf = (
  { act, budget, calls }: AgentState,
  toolName: string,
  wanted: Partial<BudgetState> = {}
): BudgetState => {
  const made = [...calls.filter(({ status }) => status === "started"), ...act.results.filter(ran)]
  const heads = 1 + made.filter((call) => call.toolName === toolName).length
  const least = (name: keyof BudgetState, share: number): number => Math.min(share, wanted[name] ?? share)
  return {
    tokensRemaining: least("tokensRemaining", Math.floor(budget.tokensRemaining / heads)),
    costRemainingUsd: least("costRemainingUsd", Math.floor((budget.costRemainingUsd * 1e6) / heads) / 1e6),
    toolCallsRemaining: least(
      "toolCallsRemaining",
      Math.floor(Math.max(budget.toolCallsRemaining - made.length, 0) / heads)
    ),
    ticksRemaining: least("ticksRemaining", Math.floor(Math.max(budget.ticksRemaining - 1, 0) / heads)),
    // They work at the same time; the other half is for the agent, which waits for them.
    timeRemainingMs: least("timeRemainingMs", Math.floor(budget.timeRemainingMs / 2)),
    errorBudgetRemaining: least("errorBudgetRemaining", budget.errorBudgetRemaining)
  }
}

interface Used {
  readonly ticks: number
  readonly toolCalls: number
}

// By the budgets in its journal, where what its own sub-agents used is taken off as well.
const usedIn = (
  journal: typeof Journal.Service,
  sessionId: string,
  { runId }: ClosedRun
): Effect.Effect<Used, JournalError> => {
  const types = ["RunStarted", "StateEstimated", "RunFinished", "RunErrored"] as const
  return journal.stream({ sessionId, branchId: mainBranch, types }).pipe(
    Stream.map(({ kind }) => kind),
    Stream.dropWhile((kind) => kind.type !== "RunStarted" || kind.runId !== runId),
    Stream.takeWhile(({ type }) => type !== "RunFinished" && type !== "RunErrored"),
    Stream.filterMap((kind) => ("budget" in kind ? Option.some(kind.budget) : Option.none())),
    Stream.runFold({ ticks: 0, toolCalls: 0, given: undefined as BudgetState | undefined }, (used, left) => {
      const { given = left } = used
      return {
        given,
        ticks: given.ticksRemaining - left.ticksRemaining,
        toolCalls: given.toolCallsRemaining - left.toolCallsRemaining
      }
    }),
    Effect.map(({ ticks, toolCalls }) => ({ ticks, toolCalls }))
  )
}

const outcomeOf = ({ name, sessionId }: Agent, run: ClosedRun, used: Used): DelegateOutcome => ({
  sessionId,
  name,
  reason: run.reason,
  ...used,
  usage: run.usage,
  costUsd: run.costUsd,
  ...(run.finalAnswer === undefined ? {} : { answer: run.finalAnswer }),
  ...(run.error === undefined ? {} : { error: run.error })
})
