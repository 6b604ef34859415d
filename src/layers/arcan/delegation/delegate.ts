/**
 * The work of one call: a sub-agent that is spawned or found again, its run, and its answer.
 *
 * The session id of a sub-agent is derived from the call. A call that is repeated after a crash finds its sub-agent
 * again, so the work is not done twice.
 */
import { Duration, Effect, Option } from "effect"
import { createHash } from "node:crypto"
import {
  type AgentRef,
  Agents,
  type AgentState,
  type BudgetState,
  journalRetry,
  Limits,
  type Subsystem,
  ToolError
} from "../../aios/index.js"
import { limits } from "./limits.js"
import { policyFor, problemOf, type Request, shareOf, toolName } from "./share.js"
import { usedIn } from "./used.js"

const refuse = (reason: ToolError["reason"], message: string) => new ToolError({ toolName, reason, message })

/**
 * Runs a sub-agent for a call, waits for the end of its run and charges what it used.
 */
export const delegate = (request: Request, { callId, runId, sessionId, view }: Subsystem.ToolCall<unknown>) =>
  Effect.gen(function* () {
    const agents = yield* Agents
    const { agent: state } = view()
    const id = createHash("sha256")
      .update(JSON.stringify([sessionId, runId, callId]))
      .digest("hex")
    const childId = `sub-${id.slice(0, 32)}`
    const budget = shareOf(state, request)
    const spawn = Effect.gen(function* () {
      const problem = problemOf(yield* agents.place(sessionId), request, state, budget)
      if (problem !== undefined) return yield* refuse("PolicyViolation", problem)
      return yield* agents.spawn({
        name: `${request.name ?? "helper"}-${id.slice(0, 6)}`,
        sessionId: childId,
        parent: sessionId,
        policy: policyFor(state.policy, request),
        soul: { ...state.soul, mission: `You help ${state.name} with one task` },
        ...(state.model === undefined ? {} : { model: state.model })
      })
    })
    const child = yield* agents.get(childId).pipe(
      Effect.catchTag("LookupError", (error) => (error.reason === "NotFound" ? spawn : Effect.fail(error))),
      patiently
    )
    // The end of the process, or a restart of the parent, does not end the work, so the sub-agent is not stopped then.
    const leaving = Effect.orElseSucceed(
      Effect.map(agents.place(sessionId), ({ leaving }) => leaving),
      () => false
    )
    const closed = yield* lived(child, request.objective, budget).pipe(
      patiently,
      Effect.onExit(() => Effect.unlessEffect(farewell(child), leaving))
    )
    const { ticks, toolCalls } = yield* patiently(usedIn(childId, closed.runId))
    const { costUsd, error, finalAnswer, reason, usage } = closed
    return {
      output: {
        agent: child.name,
        sessionId: childId,
        reason,
        ticks,
        ...(finalAnswer === undefined ? {} : { answer: finalAnswer }),
        ...(error === undefined ? {} : { error })
      },
      used: { costUsd, usage, ticks, toolCalls }
    }
  }).pipe(Effect.mapError((error) => (error._tag === "ToolError" ? error : refuse("Unavailable", error.message))))

// When the call is repeated after a crash, the sub-agent may have finished its run, or be in the middle of it.
const lived = Effect.fnUntraced(function* (child: AgentRef, objective: string, budget: BudgetState) {
  const { lastRun, run }: AgentState = yield* child.state
  if (run === undefined && lastRun !== undefined) return lastRun
  // In a system that does not resume open runs by itself, the parent resumes the run of its sub-agent.
  if (run !== undefined) yield* child.wake
  const timeMs = Math.min(limits.subAgentMsMax, budget.timeRemainingMs)
  const inTime = yield* Effect.timeoutOption(
    run === undefined ? child.run(objective, budget) : child.outcome,
    Duration.millis(timeMs)
  )
  if (Option.isSome(inTime)) return inTime.value
  yield* Effect.ignore(child.cancel(`it took more than ${timeMs} ms`))
  return yield* child.outcome
})

// The retries are few because a call waits. A failed request may have taken effect, so the repeated work looks first.
const patiently = journalRetry(Limits.journalRetriesAwaitedMax)

const farewell = (child: AgentRef): Effect.Effect<void> =>
  patiently(child.stop).pipe(
    Effect.catchAllCause((cause) => Effect.logWarning(`the sub-agent ${child.name} could not be stopped`, cause))
  )
