/**
 * An act that is cut off: by the end of its run, or by a message that cannot wait.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind, PendingCall, ToolAnnotations } from "../../layers/aios/index.js"
import { refuse } from "./refusals.js"
import type { TickPorts } from "./Tick.js"

/**
 * Whether a call may run at the same time as others.
 */
export const runsBeside = (annotations: ToolAnnotations): boolean =>
  annotations.readOnly || (annotations.parallel === true && annotations.idempotent)

/**
 * Whether what the agent is about to do, or is doing, must not be done.
 */
export const isCutOff = ({ interruption, run }: AgentState): boolean =>
  run?.cancelled !== undefined || interruption !== undefined

/**
 * The outcomes of an act that was cut off. `begun` says whether it may have begun, `inDoubt` whether the process died in
 * it.
 *
 * The calls of a cancelled run that have not been started get theirs when the run ends. A message that interrupts is
 * heard only when every call has one.
 */
export const cutOff = (
  state: AgentState,
  { tools }: TickPorts,
  { begun, inDoubt }: { readonly begun: boolean; readonly inDoubt: boolean }
): ReadonlyArray<EventKind> => {
  const started = state.calls.filter(({ status }) => status === "started")
  const annotations = new Map(tools.definitions.map((definition) => [definition.name, definition.annotations]))
  const mayHaveBegun = begun || inDoubt ? underWay(started, annotations) : []
  // It names no file, because nobody knows how far it came.
  const change = (call: PendingCall) =>
    mayHaveBegun.includes(call) && annotations.get(call.toolName)?.readOnly !== true ? { changes: [] } : {}
  if (state.run?.cancelled !== undefined) {
    const status = inDoubt ? "unknown" : "cancelled"
    return started.map((call) => ({
      ...refuse(call, status, "The run was cancelled while this call ran."),
      ...change(call)
    }))
  }
  return state.calls.map((call) => {
    const outcome = refuse(call, "cancelled", notDone(call))
    if (!mayHaveBegun.includes(call)) return outcome
    const { idempotent, readOnly } = annotations.get(call.toolName) ?? {}
    // Counted as a call, or an agent that is interrupted often could make any number of them.
    return readOnly || idempotent
      ? { ...outcome, toolCalls: 1, ...change(call) }
      : { ...refuse(call, "unknown", halfDone(call)), ...change(call) }
  })
}

// Those that run beside each other, or the one that runs alone: what comes behind waits for the outcomes of these.
const underWay = (
  started: ReadonlyArray<PendingCall>,
  annotations: ReadonlyMap<string, ToolAnnotations>
): ReadonlyArray<PendingCall> => {
  const alone = started.findIndex(({ toolName }) => {
    const known = annotations.get(toolName)
    return known === undefined || !runsBeside(known)
  })
  return alone < 0 ? started : started.slice(0, Math.max(alone, 1))
}

const halfDone = ({ toolName }: PendingCall): string =>
  `A message interrupted ${toolName} while it ran. Find out with a read-only tool whether it took effect before you call ` +
  "it again."

const notDone = ({ toolName }: PendingCall): string =>
  `A message interrupted you before ${toolName} had done its work. Read it; call again if that is still wanted.`

/**
 * What a message interrupts, in a word.
 */
export const interruptedAt = ({ calls, phase, plan }: AgentState): string => {
  if (phase !== "act") return phase
  const running = calls.find(({ status }) => status === "started")
  if (plan === "tools" && running !== undefined) return `tool:${running.toolName}:${running.callId}`
  return plan === "think" ? "model" : phase
}
