/**
 * An act that is cut off: by the cancellation of its run, or by a message that interrupts.
 *
 * @since 0.1.0
 */
import type { AgentState, EventKind, PendingCall, PreparedCall, ToolAnnotations } from "../../layers/aios/index.js"
import { refuse } from "./refusals.js"
import type { TickPorts } from "./Tick.js"

/**
 * Tells if a call may run at the same time as others.
 */
export const runsBeside = (annotations: ToolAnnotations): boolean =>
  annotations.readOnly || (annotations.parallel === true && annotations.idempotent)

/**
 * Tells if the present or next act of the agent must not go on.
 */
export const isCutOff = ({ interruption, run }: AgentState): boolean =>
  run?.cancelled !== undefined || interruption !== undefined

/**
 * The outcomes of an act that was cut off. `begun` is true if the act may have begun, `inDoubt` if the process died in
 * the act. `prepared` holds the calls that this process has prepared: a call may do more than its tool declares.
 *
 * The calls of a cancelled run that have not been started get their outcomes when the run ends. The model sees an
 * interrupting message only after every call has an outcome.
 */
export const cutOff = (
  state: AgentState,
  { tools }: TickPorts,
  { begun, inDoubt }: { readonly begun: boolean; readonly inDoubt: boolean },
  prepared: ReadonlyMap<string, Pick<PreparedCall, "definition">> = new Map()
): ReadonlyArray<EventKind> => {
  const started = state.calls.filter(({ status }) => status === "started")
  const declared = new Map(tools.definitions.map((definition) => [definition.name, definition.annotations]))
  const annotationsOf = ({ callId, toolName }: PendingCall): ToolAnnotations | undefined =>
    prepared.get(callId)?.definition.annotations ?? declared.get(toolName)
  const mayHaveBegun = begun || inDoubt ? underWay(started, annotationsOf) : []
  // The change names no file, because the journal does not tell how far the call came.
  const change = (call: PendingCall) =>
    mayHaveBegun.includes(call) && annotationsOf(call)?.readOnly !== true ? { changes: [] } : {}
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
    const { idempotent, readOnly } = annotationsOf(call) ?? {}
    // The call counts against the budget, or an agent that is often interrupted could make any number of calls.
    return readOnly || idempotent
      ? { ...outcome, toolCalls: 1, ...change(call) }
      : { ...refuse(call, "unknown", halfDone(call)), ...change(call) }
  })
}

// The calls that may be running: several side by side, or one alone. Every later call waits for their outcomes.
const underWay = (
  started: ReadonlyArray<PendingCall>,
  annotationsOf: (call: PendingCall) => ToolAnnotations | undefined
): ReadonlyArray<PendingCall> => {
  const alone = started.findIndex((call) => {
    const known = annotationsOf(call)
    return known === undefined || !runsBeside(known)
  })
  return alone < 0 ? started : started.slice(0, Math.max(alone, 1))
}

const halfDone = ({ toolName }: PendingCall): string =>
  `A message interrupted ${toolName} while it ran. Check with a read-only tool whether the call took effect before you ` +
  "make it again."

const notDone = ({ toolName }: PendingCall): string =>
  `A message interrupted this turn before ${toolName} had finished. Read the message; make the call again if it is still needed.`

/**
 * Short name of the work that a message interrupts.
 */
export const interruptedAt = ({ calls, phase, plan }: AgentState): string => {
  if (phase !== "act") return phase
  const running = calls.find(({ status }) => status === "started")
  if (plan === "tools" && running !== undefined) return `tool:${running.toolName}:${running.callId}`
  return plan === "think" ? "model" : phase
}
