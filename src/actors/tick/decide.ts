/**
 * Decide: gates the calls the model asked for and chooses the plan for Act and the mode to carry it out in.
 *
 * @since 0.1.0
 */
import { Effect, Either } from "effect"
import type { EventKind, Plan } from "../../layers/aios/EventKind.js"
import type { Json } from "../../layers/aios/Json.js"
import type { OperatingMode } from "../../layers/aios/OperatingMode.js"
import { evaluatePolicy } from "../../layers/aios/PolicySet.js"
import type { PreparedCall, ToolAnnotations, ToolStatus } from "../../layers/aios/Tool.js"
import type { AgentState, PendingCall } from "../../machines/AgentState.js"
import { modeRule } from "../../machines/fold.js"
import { endingOf } from "./ending.js"
import type { Mind, Outcome, TickPorts } from "./Tick.js"

export const decide = (mind: Mind, ports: TickPorts): Effect.Effect<Outcome<"Decide">> => {
  const { state } = mind
  if (state.run === undefined || endingOf(state) !== undefined) return Effect.succeed(choose(mind, ports, "rest", []))
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
}

const gateCalls = Effect.fnUntraced(function* (mind: Mind, ports: TickPorts) {
  const { state } = mind
  const gated: Gated = { kinds: [], runnable: 0, granted: 0, waiting: 0 }
  const mode = ports.homeostat.regulate({ vector: state.vector, pendingApprovals: 0, running: true }).mode
  for (const call of state.calls) {
    if (call.status === "gated") {
      gated.waiting++
    } else if (call.status === "refused") {
      gated.kinds.push(refuse(call, "denied", `A person refused this call: ${call.answer}. Do not ask again.`))
    } else if (gated.runnable >= state.budget.toolCallsRemaining) {
      gated.kinds.push(refuse(call, "denied", "The tool calls of this run are used up. End your turn with an answer."))
    } else {
      const prepared = yield* Effect.either(ports.harness.prepare(call))
      if (Either.isLeft(prepared)) gated.kinds.push(refuse(call, "error", prepared.left.message))
      else gate(mind, ports, mode, call, prepared.right, gated)
    }
  }
  return gated
})

const gate = (
  { state, prepared }: Mind,
  { newId }: TickPorts,
  mode: OperatingMode,
  call: PendingCall,
  ready: PreparedCall,
  gated: Gated
): void => {
  if (call.status === "granted") {
    prepared.set(call.callId, ready)
    gated.runnable++
    gated.granted++
    return
  }
  const objection = modeObjection(mode, ready.definition.annotations, state)
  if (objection !== undefined) {
    gated.kinds.push(
      { type: "PolicyEvaluated", callId: call.callId, decision: "deny", ruleId: modeRule(mode) },
      refuse(call, "denied", objection)
    )
    return
  }
  const { decision, ruleId, capability } = evaluatePolicy(state.policy, ready.capabilities)
  switch (decision) {
    case "allow":
      prepared.set(call.callId, ready)
      gated.runnable++
      return
    case "deny":
      gated.kinds.push(
        { type: "PolicyEvaluated", callId: call.callId, decision, ruleId },
        refuse(call, "denied", `The policy does not allow ${capability}. Do without it, or say that it is needed.`)
      )
      return
    case "require_approval":
      gated.waiting++
      gated.kinds.push(
        { type: "PolicyEvaluated", callId: call.callId, decision, ruleId },
        {
          type: "ApprovalRequested",
          approvalId: newId(),
          callId: call.callId,
          toolName: call.toolName,
          input: call.input,
          capability: capability ?? "",
          risk: ready.definition.annotations.destructive ? "high" : "medium"
        }
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

const refuse = (call: PendingCall, status: ToolStatus, message: string): EventKind => ({
  type: "ToolResult",
  callId: call.callId,
  status,
  output: { error: message } satisfies Json,
  durationMs: 0
})
