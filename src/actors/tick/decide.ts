/**
 * Decide: gates the calls of the model, tells the machine the facts, and plans Act for the mode that the machine
 * chooses.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Either } from "effect"
import {
  cutText,
  endingOf,
  type AgentState,
  type CallEffect,
  effectOf,
  type EventKind,
  type OperatingMode,
  Limits,
  type PendingCall
} from "../../layers/aios/index.js"
import { type AgentSnapshot, factsOf, modeRule, TickGate } from "../../machines/index.js"
import { announceApproval, requestFor } from "./approvalRequest.js"
import { cutOff } from "./interruption.js"
import { eventsPerCall, eventsRule, isBeyond, refuse, tooMany } from "./refusals.js"
import { loopStopped, repetitionOf } from "./repetition.js"
import type { Services } from "../sockets/services.js"
import type { PreparedTool, RuledVerdict } from "../sockets/Sockets.js"
import type { Decision, Intent, Mind, TickPorts } from "./Tick.js"
import { verdictOn } from "./verdict.js"

export const decide = (mind: Mind, ports: TickPorts): Effect.Effect<Decision, never, Services> => {
  const { state } = mind
  if (state.run === undefined || endingOf(state) !== undefined) return Effect.succeed(resting(state, []))
  if (state.interruption !== undefined) {
    // The model sees the interrupting message only after every call has an outcome.
    return Effect.succeed(resting(state, cutOff(state, ports, { begun: false, inDoubt: false })))
  }
  if (state.calls.length === 0) {
    const conclude = (next: AgentSnapshot): Intent => ({ plan: next.hasTag("thinks") ? "think" : "rest" })
    return Effect.succeed({ ...resting(state, []), conclude })
  }
  return Effect.map(gateCalls(mind, ports), ({ admitted, deferred, events, granted, kinds, waiting }) => ({
    kinds,
    event: { type: "Decide", granted, ...factsOf(state, waiting) },
    conclude: (next) => {
      const held = heldBack(next, admitted)
      const callIds = [...held, ...deferred]
      return {
        plan: admitted.length > held.length ? "tools" : waiting > 0 ? "ask" : "rest",
        ...(callIds.length === 0 ? {} : { deferred: { callIds, events } })
      }
    }
  }))
}

const resting = (state: AgentState, kinds: ReadonlyArray<EventKind>): Decision => ({
  kinds,
  event: { type: "Decide", granted: 0, ...factsOf(state, 0) },
  conclude: () => ({ plan: "rest" })
})

// Only a mode that waits holds admitted calls back: while a person is asked, the other changes of the turn wait, too.
const heldBack = (next: AgentSnapshot, admitted: Gated["admitted"]): ReadonlyArray<string> => {
  if (!next.hasTag("waits")) return []
  const first = admitted.findIndex(({ effect, granted }) => !granted && !next.hasTag(effect))
  return first < 0 ? [] : admitted.slice(first).flatMap(({ callId, granted }) => (granted ? [] : [callId]))
}

interface Gated {
  readonly kinds: ReadonlyArray<EventKind>
  /** Calls that passed the gate and the policy, in order. */
  readonly admitted: ReadonlyArray<{ readonly callId: string; readonly effect: CallEffect; readonly granted: boolean }>
  /** Calls that wait for a later tick. */
  readonly deferred: ReadonlyArray<string>
  readonly granted: number
  readonly waiting: number
  /** Number of events that the calls of this turn put into the journal so far, with an outcome for each. */
  readonly events: number
}

const gateCalls = Effect.fnUntraced(function* (mind: Mind, ports: TickPorts) {
  const { prepared, snapshot, state } = mind
  const { approvalTimeoutMs: timeoutMs, newId, sockets, tools } = ports
  const { eventsPerTurnMax } = state.policy
  const gate = new TickGate(snapshot, state.vector)
  const now = yield* Clock.currentTimeMillis
  const kinds: Array<EventKind> = []
  const admitted: Array<Gated["admitted"][number]> = []
  const deferred: Array<string> = []
  let waiting = 0
  let events = state.turnEvents ?? 0

  // The events of a call before Act; `undefined` for a call that waits for a later tick or exceeds the limit on events.
  const gateCall = Effect.fnUntraced(function* (call: PendingCall) {
    const { callId, status } = call
    if (status === "refused") {
      return [refuse(call, "denied", `This call was not approved: ${call.answer}. Do not ask for it again.`)]
    }
    if (admitted.length + deferred.length >= state.budget.toolCallsRemaining) {
      return [refuse(call, "denied", "The tool calls of this run are used up. End your turn with an answer.")]
    }
    if (isBeyond(eventsPerTurnMax, events + (deferred.length + 1) * eventsPerCall)) {
      kinds.push(denied(callId, eventsRule), tooMany(call, eventsPerTurnMax))
      return undefined
    }
    const isGranted = status === "granted"
    if (!isGranted && gate.isClosed) return defer(callId)
    const repeated = isGranted ? { kinds: [], stops: false } : repetitionOf(call)
    if (repeated.stops) return [...repeated.kinds, refuse(call, "denied", loopStopped(call))]
    const ready = yield* Effect.either(tools.prepare(call, () => mind))
    if (Either.isLeft(ready)) return [...repeated.kinds, refuse(call, "error", ready.left.message)]
    const effect = effectOf(ready.right.definition.annotations, ready.right.capabilities)
    const verdict = isGranted ? "run" : gate.verdict(effect)
    if (verdict === "later") return defer(callId)
    if (verdict === "mode") return [...repeated.kinds, ...objected(call)]
    const ruled = yield* sockets.decide(
      { callId, input: call.input, definition: ready.right.definition, capabilities: ready.right.capabilities },
      mind
    )
    return [...repeated.kinds, ...judged(call, ready.right, effect, ruled)]
  })

  const reader = tools.definitions.find(({ annotations }) => annotations.readOnly)?.name

  const defer = (callId: string): undefined => void deferred.push(callId)

  const objected = (call: PendingCall): ReadonlyArray<EventKind> => [
    denied(call.callId, modeRule(snapshot.value)),
    refuse(call, "denied", modeObjection(snapshot.value, state, reader))
  ]

  const judged = (
    call: PendingCall,
    ready: PreparedTool,
    effect: CallEffect,
    ruled: RuledVerdict | undefined
  ): ReadonlyArray<EventKind> => {
    const { callId, status } = call
    const { approved, askedBy, decision, message, reason, ruleId } = verdictOn(state, call, ready.capabilities, ruled)
    const evaluated: EventKind = { type: "PolicyEvaluated", callId, decision, ruleId }
    if (decision === "deny") return [evaluated, refuse(call, "denied", message)]
    const granted = status === "granted"
    if (decision !== "allow" && !approved) {
      waiting++
      return [
        evaluated,
        requestFor(newId(), call, ready, state.policy, { ruleId, reason, askedBy }, { now, timeoutMs })
      ]
    }
    gate.admit(effect)
    prepared.set(callId, ready)
    admitted.push({ callId, effect, granted })
    return !granted && ruleId.startsWith("grant:") ? [evaluated] : []
  }

  for (const call of state.calls) {
    if (call.status === "gated") {
      waiting++
      continue
    }
    const made = yield* gateCall(call)
    if (made === undefined) continue
    kinds.push(...made)
    events += eventsPerCall + made.filter(({ type }) => type !== "ToolResult").length
  }
  for (const kind of kinds) if (kind.type === "ApprovalRequested") yield* announceApproval(mind, ports, kind)
  return { kinds, admitted, deferred, granted: admitted.filter(({ granted }) => granted).length, waiting, events }
})

const denied = (callId: string, ruleId: string): EventKind => ({
  type: "PolicyEvaluated",
  callId,
  decision: "deny",
  ruleId
})

/**
 * Message to the model about a call that its mode denies, with the next step for the model. `reader` is a tool that only
 * reads.
 */
export const modeObjection = (
  mode: OperatingMode,
  { unverified = [], vector, withheld }: Pick<AgentState, "unverified" | "vector" | "withheld">,
  reader?: string
): string => {
  if (mode === "Explore" && withheld !== undefined) {
    return `In mode Explore no change is allowed, because of the rule ${withheld.ruleId}: ${withheld.reason}. Go on without changes.`
  }
  switch (mode) {
    case "Explore":
      return (
        `In mode Explore (uncertainty ${vector.uncertainty}, context pressure ${vector.contextPressure}) only ` +
        `read-only tools are allowed. Read what you want to change${reader === undefined ? "" : `, for example with ${reader}`}; ` +
        "each read lowers the uncertainty. Then make the call again."
      )
    case "Recover":
      return (
        `In mode Recover (${vector.errorStreak} errors in a row) no change is allowed. Find the cause with a read-only ` +
        "tool, then make the call again."
      )
    case "Verify": {
      const paths = [...new Set(unverified.flatMap(({ path }) => path ?? []))]
      const what = paths.length === 0 ? "your last changes" : cutText(paths.join(", "), Limits.messageCharactersMax)
      return `In mode Verify a check comes before the next change: read ${what} with a read-only tool, then make the call again.`
    }
    default:
      return `In mode ${mode} no change is allowed.`
  }
}
