/**
 * The work of one call: a sub-agent that is spawned or found again, its run, and its answer.
 *
 * The session of a sub-agent follows from the call, so that a call that a crash interrupted finds the sub-agent it had and
 * its work is not done twice.
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
 * Has a sub-agent do what a call asks for, waits for its end and charges what it used.
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
    // The end of the process, and a restart, are no end of the work.
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

// It may have lived already, or be in the middle of it, when the call is made again after a crash.
const lived = Effect.fnUntraced(function* (child: AgentRef, objective: string, budget: BudgetState) {
  const { lastRun, run }: AgentState = yield* child.state
  if (run === undefined && lastRun !== undefined) return lastRun
  // Where open runs do not go on by themselves, this one does with its parent's.
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

// A call waits for it. What failed may have taken place, so the work that is repeated looks first.
const patiently = journalRetry(Limits.journalRetriesAwaitedMax)

const farewell = (child: AgentRef): Effect.Effect<void> =>
  patiently(child.stop).pipe(
    Effect.catchAllCause((cause) => Effect.logWarning(`the sub-agent ${child.name} could not be stopped`, cause))
  )
