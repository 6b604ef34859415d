/**
 * Decide: gates the calls the model asked for and chooses the plan for Act and the mode to carry it out in.
 *
 * @since 0.1.0
 */
import { Clock, Effect, Either } from "effect"
import {
  type AgentState,
  evaluatePolicy,
  type EventKind,
  type OperatingMode,
  type PendingCall,
  type Plan,
  type PreparedCall,
  type ToolAnnotations
} from "../../layers/aios/index.js"
import { endingOf, modeRule } from "../../machines/index.js"
import { requestFor } from "./asking.js"
import { cutOff } from "./interruption.js"
import { eventsPerCall, eventsRule, isBeyond, refuse, tooMany } from "./refusing.js"
import { loopStopped, repetitionOf } from "./repetition.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const decide = (mind: Mind, ports: TickPorts): Effect.Effect<Outcome<"Decide">> => {
  const { state } = mind
  if (state.run === undefined || endingOf(state) !== undefined) return Effect.succeed(choose(mind, ports, "rest", []))
  if (state.interruption !== undefined) {
    // The message that interrupts is heard when no call stands in between any more.
    return Effect.succeed(choose(mind, ports, "rest", cutOff(state, ports, { begun: false, inDoubt: false })))
  }
  if (state.calls.length === 0) return Effect.succeed(choose(mind, ports, "think", []))
  return Effect.map(gateCalls(mind, ports), ({ kinds, runnable, granted, waiting }) =>
    choose(mind, ports, runnable > 0 ? "tools" : waiting > 0 ? "ask" : "rest", kinds, granted)
  )
}

const choose = (
  { state }: Mind,
  { homeostat }: TickPorts,
  plan: Plan,
  kinds: ReadonlyArray<EventKind>,
  granted = 0
): Outcome<"Decide"> => {
  const { mode, reason } =
    plan === "ask"
      ? { mode: "AskHuman" as const, reason: "calls need an approval" }
      : // What a person has approved is carried out, however uncertain the agent is itself.
        granted > 0
        ? { mode: "Execute" as const, reason: granted === 1 ? "a call was approved" : `${granted} calls were approved` }
        : homeostat.regulate({ vector: state.vector, pendingApprovals: 0, running: endingOf(state) === undefined })
  return { kinds, event: { type: "Decide", plan, mode, reason } }
}

interface Gated {
  readonly kinds: Array<EventKind>
  runnable: number
  granted: number
  waiting: number
  /** What the calls of this tick put into the journal, with an outcome for each. */
  events: number
}

const gateCalls = Effect.fnUntraced(function* (mind: Mind, ports: TickPorts) {
  const { state } = mind
  const gated: Gated = { kinds: [], runnable: 0, granted: 0, waiting: 0, events: 0 }
  const mode = ports.homeostat.regulate({ vector: state.vector, pendingApprovals: 0, running: true }).mode
  const now = yield* Clock.currentTimeMillis
  for (const call of state.calls) {
    if (call.status === "gated") {
      gated.waiting++
      continue
    }
    const { length } = gated.kinds
    const objection = objectionTo(call, state, gated)
    if (objection !== undefined) {
      gated.kinds.push(...objection)
    } else {
      const prepared = yield* Effect.either(ports.harness.prepare(call))
      if (Either.isLeft(prepared)) gated.kinds.push(refuse(call, "error", prepared.left.message))
      else gate(mind, ports, mode, call, prepared.right, gated, now)
    }
    const decided = gated.kinds.slice(length).filter(({ type }) => type !== "ToolResult").length
    gated.events += eventsPerCall + decided
  }
  return gated
})

// What is said against a call before anybody looks at what it would do.
const objectionTo = (call: PendingCall, state: AgentState, gated: Gated): ReadonlyArray<EventKind> | undefined => {
  const { callId, status } = call
  if (status === "refused") {
    return [refuse(call, "denied", `This call was not approved: ${call.answer}. Do not ask for it again.`)]
  }
  if (gated.runnable >= state.budget.toolCallsRemaining) {
    return [refuse(call, "denied", "The tool calls of this run are used up. End your turn with an answer.")]
  }
  const eventsMax = state.policy.eventsPerTurnMax
  if (isBeyond(eventsMax, gated.events + eventsPerCall)) {
    return [{ type: "PolicyEvaluated", callId, decision: "deny", ruleId: eventsRule }, tooMany(call, eventsMax)]
  }
  if (status !== "requested") return undefined
  const { kinds, stops } = repetitionOf(call)
  if (stops) return [...kinds, refuse(call, "denied", loopStopped(call))]
  gated.kinds.push(...kinds)
  return undefined
}

const gate = (
  { state, prepared }: Mind,
  { approvalTimeoutMs: timeoutMs, newId }: TickPorts,
  mode: OperatingMode,
  call: PendingCall,
  ready: PreparedCall,
  gated: Gated,
  now: number
): void => {
  const { callId, status } = call
  const objection = status === "granted" ? undefined : modeObjection(mode, ready.definition.annotations, state)
  if (objection !== undefined) {
    gated.kinds.push(
      { type: "PolicyEvaluated", callId, decision: "deny", ruleId: modeRule(mode) },
      refuse(call, "denied", objection)
    )
    return
  }
  const { decision, ruleId, capability } = evaluatePolicy(state.policy, ready.capabilities, state.grants)
  if (decision === "deny") {
    gated.kinds.push(
      { type: "PolicyEvaluated", callId, decision, ruleId },
      refuse(call, "denied", `The policy does not allow ${capability}. Do without it, or say that it is needed.`)
    )
  } else if (decision === "allow" || status === "granted") {
    if (status === "granted") gated.granted++
    else if (ruleId.startsWith("grant:")) gated.kinds.push({ type: "PolicyEvaluated", callId, decision, ruleId })
    prepared.set(callId, ready)
    gated.runnable++
  } else {
    gated.waiting++
    gated.kinds.push(
      { type: "PolicyEvaluated", callId, decision, ruleId },
      requestFor(newId(), call, ready, state.policy, ruleId, { now, timeoutMs })
    )
  }
}

/**
 * Why a mode does not let a call through, in words the model can act on. Read-only calls always pass.
 */
export const modeObjection = (
  mode: OperatingMode,
  { readOnly, destructive }: ToolAnnotations,
  { vector }: Pick<AgentState, "vector">
): string | undefined => {
  if (readOnly) return undefined
  switch (mode) {
    case "Explore":
      return (
        `In mode Explore (uncertainty ${vector.uncertainty}, context pressure ${vector.contextPressure}) only ` +
        "read-only tools are allowed. Look at what you are about to change, for example with list_dir; each look lowers " +
        "the uncertainty. Then call again."
      )
    case "Recover":
      return (
        `In mode Recover (${vector.errorStreak} errors in a row) nothing may be changed. Find out with a read-only ` +
        "tool what went wrong, then call again."
      )
    case "Verify":
      return destructive
        ? "In mode Verify a check comes first: look at your last changes with a read-only tool, then call again."
        : undefined
    case "AskHuman":
    case "Sleep":
      return `In mode ${mode} nothing may be changed.`
    case "Execute":
      return undefined
  }
}
