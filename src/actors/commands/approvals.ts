/**
 * Answers to approvals: by people, and by the timeout.
 *
 * @since 0.1.0
 */
import { Effect, Either, Schema, Stream } from "effect"
import {
  type AgentState,
  ApprovalError,
  type Capability,
  capabilityCovers,
  evaluatePolicy,
  gatedOf,
  type EventKind,
  type EventKindOf,
  grantCovers,
  type GrantScope,
  type JournalError,
  Json,
  kindFlaw,
  Limits,
  patternFlaw,
  type PendingCall,
  type StandingGrant,
  timestampOf
} from "../../layers/aios/index.js"
import { dueAt, standingGrant } from "../../machines/index.js"
import type { ApprovalAnswer, ApprovalGrant } from "../Agent.js"
import type { AgentActor } from "../agent/AgentActor.js"
import { refusal } from "../refusal.js"
import type { Runtime } from "../agent/Runtime.js"
import { deliver } from "../agent/mailbox.js"
import { isCutOff } from "../tick/interruption.js"

/**
 * Denies every approval that is overdue, and gives the time at which the next one is due.
 */
export const denyOverdue = (
  runtime: Runtime,
  agent: AgentActor
): Effect.Effect<number | undefined, ApprovalError | JournalError> =>
  deliver(runtime, agent, { type: "system", component: "timeout" }, ApprovalError, (state, now) => {
    const kinds = state.calls.flatMap(({ approvalId, request, status }): Array<EventKindOf<"ApprovalDenied">> => {
      if (status !== "gated" || approvalId === undefined || request?.dueAt === undefined || request.dueAt > now)
        return []
      const reason = `no person answered by ${timestampOf(request.dueAt)}`
      return [{ type: "ApprovalDenied", approvalId, actor: "timeout", reason }]
    })
    const denied = new Set(kinds.map(({ approvalId }) => approvalId))
    const next = dueAt({ ...state, calls: state.calls.filter(({ approvalId = "" }) => !denied.has(approvalId)) })
    return Either.right({ kinds, value: next })
  }).pipe(
    Effect.catchTag("ApprovalError", (error) => {
      if (error.reason !== "Stopped") return Effect.fail(error)
      // A stop may still fail, and then the agent goes on with its approvals.
      const again = runtime.pen.clock.unsafeCurrentTimeMillis() + Limits.journalRetryEveryMs
      return Effect.succeed(agent.status === "stopping" ? again : undefined)
    })
  )

/**
 * Makes the functions `approve` and `deny` of a handle.
 */
export const makeApprovals = (runtime: Runtime, agent: AgentActor) => {
  const give = (
    approvalId: string,
    actor: string,
    make: (call: PendingCall, state: AgentState) => Either.Either<ReadonlyArray<EventKind>, ApprovalError>
  ): Effect.Effect<void, ApprovalError | JournalError> =>
    deliver(runtime, agent, { type: "user", component: actor }, ApprovalError, (state, now) =>
      Either.gen(function* () {
        const call = yield* waitingCall(agent, state, approvalId)
        if (isCutOff(state)) {
          const what = `waited for the approval ${approvalId} until a message or the end of its run came; the call is cancelled now`
          return yield* Either.left(refusal(ApprovalError, agent, "Expired", what))
        }
        const due = call.request?.dueAt
        if (due !== undefined && due <= now) {
          const what = `waited for the approval ${approvalId} until ${timestampOf(due)}; the call is denied now`
          return yield* Either.left(refusal(ApprovalError, agent, "Expired", what))
        }
        const kinds = yield* make(call, state)
        const flaw = kinds.map(kindFlaw).find((found) => found !== undefined)
        if (flaw !== undefined) {
          return yield* Either.left(refusal(ApprovalError, agent, "InvalidGrant", `cannot take this answer: ${flaw}`))
        }
        return { kinds, value: undefined }
      })
    ).pipe(
      Effect.catchTag("ApprovalError", (error) =>
        error.reason === "Unknown" ? explain(runtime, agent, approvalId) : Effect.fail(error)
      )
    )

  const checkInput = Effect.fnUntraced(function* (approvalId: string, input: Json) {
    const live = yield* runtime.load(agent)
    const { state } = live
    const waiting = waitingCall(agent, state, approvalId)
    // If the call no longer waits, `give` refuses the answer with the reason.
    if (Either.isLeft(waiting)) return undefined
    const { callId, toolName } = waiting.right
    if (!Schema.is(Json)(input)) {
      return yield* refusal(
        ApprovalError,
        agent,
        "InvalidInput",
        "cannot run the changed call: its arguments are no JSON value"
      )
    }
    const { capabilities } = yield* runtime
      .prepare(live, { callId, toolName, input })
      .pipe(
        Effect.mapError(({ message }) =>
          refusal(ApprovalError, agent, "InvalidInput", `cannot run the changed call: ${message}`)
        )
      )
    const { capability, decision } = evaluatePolicy(state.policy, capabilities)
    if (decision !== "deny") return gatedOf(state.policy, capabilities)
    const what = `cannot run the changed call: its policy denies ${capability}. Change the arguments, or deny the call`
    return yield* refusal(ApprovalError, agent, "Forbidden", what)
  })

  return {
    approve: (approvalId: string, grant: ApprovalGrant) =>
      Effect.gen(function* () {
        const { actor, input, reason } = grant
        const scope = yield* scopeOf(agent, grant)
        const changed = input === undefined ? undefined : yield* checkInput(approvalId, input)
        yield* give(approvalId, actor, ({ request }, state) =>
          Either.map(checkPattern(agent, grant, request?.capabilities ?? []), () => [
            {
              type: "ApprovalGranted",
              approvalId,
              actor,
              ...(reason === undefined ? {} : { reason }),
              ...(scope === "once" ? {} : { scope }),
              ...(grant.pattern === undefined ? {} : { pattern: grant.pattern }),
              ...(input === undefined ? {} : { input }),
              ...(changed === undefined ? {} : { capabilities: changed })
            },
            ...alsoGranted(state, standingGrant({ approvalId, pattern: grant.pattern, scope }, request), actor)
          ])
        )
      }),
    deny: (approvalId: string, { actor, reason }: ApprovalAnswer) =>
      give(approvalId, actor, () =>
        Either.right([{ type: "ApprovalDenied", approvalId, actor, ...(reason === undefined ? {} : { reason }) }])
      )
  }
}

// The new grant also approves other waiting calls that it covers. A grant lifts gates of the policy only; a question of
// a subsystem's gate needs an approval of its own.
const alsoGranted = (
  { calls, policy }: AgentState,
  grant: StandingGrant | undefined,
  actor: string
): ReadonlyArray<EventKind> =>
  calls.flatMap(({ approvalId, request, status }): ReadonlyArray<EventKind> => {
    if (grant === undefined || status !== "gated" || approvalId === undefined || approvalId === grant.approvalId)
      return []
    const { capabilities = [] } = request ?? {}
    const isCovered =
      request?.askedBy === undefined &&
      capabilities.length > 0 &&
      gatedOf(policy, capabilities).length === capabilities.length &&
      capabilities.every((capability) => grantCovers(grant, capability))
    return isCovered ? [{ type: "ApprovalGranted", approvalId, actor, reason: `as ${grant.approvalId} says` }] : []
  })

const waitingCall = (
  agent: AgentActor,
  { calls }: AgentState,
  approvalId: string
): Either.Either<PendingCall, ApprovalError> => {
  const call = calls.find((each) => each.status === "gated" && each.approvalId === approvalId)
  return call === undefined
    ? Either.left(refusal(ApprovalError, agent, "Unknown", `has no call that waits for the approval ${approvalId}`))
    : Either.right(call)
}

const scopeOf = (agent: AgentActor, grant: ApprovalGrant): Either.Either<GrantScope, ApprovalError> => {
  const { everything = false, input, pattern, scope = pattern === undefined ? "once" : "pattern" } = grant
  const refuse = (what: string) =>
    Either.left(refusal(ApprovalError, agent, "InvalidGrant", `cannot be given this approval: ${what}`))
  if (input !== undefined && scope !== "once") {
    return refuse(`changed arguments go with scope once, not ${scope}; approve the call, or one like it when it comes`)
  }
  if ((scope === "pattern") !== (pattern !== undefined)) {
    return refuse(`a pattern and the scope pattern go together, and the scope is ${scope}`)
  }
  const flaw = pattern === undefined ? undefined : patternFlaw(pattern)
  if (flaw !== undefined) return refuse(flaw)
  if (pattern !== undefined && capabilityCovers(pattern, "*") && !everything) {
    const what = `the pattern ${pattern} lifts every gate for the rest of the session`
    return refuse(`${what}. Name what is meant, or confirm it with everything`)
  }
  return Either.right(scope)
}

const checkPattern = (
  agent: AgentActor,
  { pattern }: ApprovalGrant,
  capabilities: ReadonlyArray<Capability>
): Either.Either<void, ApprovalError> => {
  const left = pattern === undefined ? [] : capabilities.filter((needed) => !capabilityCovers(pattern, needed))
  return left.length === 0
    ? Either.right(undefined)
    : Either.left(
        refusal(
          ApprovalError,
          agent,
          "InvalidGrant",
          `waits for ${left.join(", ")}, which the pattern ${pattern} does not cover`
        )
      )
}

// Explains from the journal why no call waits for this approval.
const explain = Effect.fnUntraced(function* (runtime: Runtime, agent: AgentActor, approvalId: string) {
  const live = yield* runtime.load(agent)
  // An accepted answer may not be durable yet.
  yield* live.flush()
  const types = ["ApprovalRequested", "ApprovalGranted", "ApprovalDenied"] as const
  const last = yield* runtime.pen.journal.stream({ ...agent.stream, types }).pipe(
    Stream.filter(({ kind }) => "approvalId" in kind && kind.approvalId === approvalId),
    Stream.runLast
  )
  if (last._tag === "None") {
    const what = `has never asked for the approval ${approvalId}; an approval belongs to the session that asked for it`
    return yield* refusal(ApprovalError, agent, "Unknown", what)
  }
  const { kind, timestamp } = last.value
  if (kind.type === "ApprovalGranted" || kind.type === "ApprovalDenied") {
    const verb = kind.type === "ApprovalGranted" ? "granted" : "denied"
    const what = `was answered already: ${kind.actor} has ${verb} the approval ${approvalId} at ${timestamp}`
    return yield* refusal(ApprovalError, agent, "AlreadyAnswered", what)
  }
  return yield* refusal(
    ApprovalError,
    agent,
    "Unknown",
    `does not wait for the approval ${approvalId} any more: its run has ended`
  )
})
