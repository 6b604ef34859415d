/**
 * Progress of a run for people: lines for past events, and one status line for the present.
 *
 * @since 0.1.0
 */
import {
  canonicalJson,
  type EventKindOf,
  type EventRecord,
  type Json,
  type ToolStatus
} from "../../layers/aios/index.js"
import { type RunView, spentOf } from "../../machines/index.js"
import { bold, dim, fields, green, line, type Line, red, short, yellow } from "./line.js"
import { count, seconds, usd } from "./text.js"

const argumentCharactersMax = 60
const messageCharactersMax = 300
const statusWidth = 9

/** The lines for an event; most events have none. */
export const eventLines = (
  before: RunView,
  { kind }: EventRecord,
  after: RunView,
  elapsedMs: number
): ReadonlyArray<Line> => {
  switch (kind.type) {
    case "RunStarted":
      return [dim(`run ${kind.runId}, model ${kind.model}`)]
    case "SessionResumed":
      return [dim(`resumed at event ${after.session.sequence}, tick ${after.session.state.tick + 1}`)]
    case "PhaseEntered":
      return after.session.state.tick > before.session.state.tick && !before.isOver ? [tickLine(before, elapsedMs)] : []
    case "RunFinished":
    case "RunErrored":
      return [tickLine(before, elapsedMs)]
    case "ModeChanged":
      return [
        line`${bold("mode")}  ${kind.from} -> ${bold(kind.to)}: ${kind.rule === undefined ? "" : `${kind.rule}, `}${kind.reason}`
      ]
    case "ToolResult":
      return toolLines(before, kind)
    case "ModelFailed":
      return [red(`model failed: ${kind.message}`)]
    case "ApprovalGranted":
      return [`approved by ${kind.actor}${scopeOf(kind)}${reason(kind.reason)}`]
    case "ApprovalDenied":
      return [`refused by ${kind.actor}${reason(kind.reason)}`]
    case "CircuitBreakerTripped":
      return [yellow(`circuit breaker: ${kind.reason}`)]
    case "ContextCompacted":
      return [dim(`context compacted from ${kind.tokensBefore} to ${kind.tokensAfter} tokens`)]
    default:
      return []
  }
}

const scopeOf = ({ input, pattern, scope }: EventKindOf<"ApprovalGranted">): string => {
  if (pattern !== undefined) return ` for ${pattern}`
  return `${scope === "session" ? " for this session" : ""}${input === undefined ? "" : " with other arguments"}`
}

const reason = (text: string | undefined): string => (text === undefined ? "" : `: ${text}`)

const toolLines = (
  { session }: RunView,
  {
    callId,
    durationMs,
    output,
    status
  }: {
    readonly callId: string
    readonly durationMs: number
    readonly output: unknown
    readonly status: ToolStatus
  }
): ReadonlyArray<Line> => {
  const call = session.state.calls.find((pending) => pending.callId === callId)
  const colour = status === "ok" ? green : status === "unknown" ? yellow : red
  const done = line`  ${colour(status.padEnd(statusWidth))} ${call?.toolName ?? callId} ${fields(
    shortFirst(call?.input),
    argumentCharactersMax
  )}  ${dim(`${durationMs} ms`)}`
  const failed = status !== "ok" && typeof output === "object" && output !== null && "error" in output
  return failed
    ? [done, line`  ${" ".repeat(statusWidth)} ${short(String(output.error), messageCharactersMax)}`]
    : [done]
}

// Short values come first, because a path says more than the beginning of a file's content.
const shortFirst = (input: Json | undefined): unknown =>
  typeof input === "object" && input !== null && !Array.isArray(input)
    ? Object.fromEntries(
        Object.entries(input).toSorted(([, a], [, b]) => canonicalJson(a).length - canonicalJson(b).length)
      )
    : (input ?? {})

// The tick that has just ended, with the mode in which it acted, because Regulate may have changed the mode since.
const tickLine = (view: RunView, elapsedMs: number): Line => {
  const { mode, tick } = view.session.state
  const done = dim(`${phasesOf(view).join(" ")}  ${figures(view, elapsedMs)}`)
  return line`${bold(`tick ${tick + 1}`)}  ${view.act?.mode ?? mode}  ${done}`
}

const phasesOf = ({ act, phases }: RunView): ReadonlyArray<string> =>
  phases.map((phase) => (phase === "act" && act !== undefined ? `act(${act.plan})` : phase))

/** The present: mode, phase, running tools, tick and figures. */
export const statusLine = (view: RunView, elapsedMs: number): string => {
  const { calls, mode, tick } = view.session.state
  const running = calls.filter(({ status }) => status === "started").map(({ toolName }) => toolName)
  return (
    `${mode} · ${phasesOf(view).at(-1) ?? ""}${running.length === 0 ? "" : ` ${[...new Set(running)].join(", ")}`} · ` +
    `tick ${tick + 1} · ${figures(view, elapsedMs)}`
  )
}

/** Calls, tokens, dollars and time. */
export const figures = ({ session, toolCalls }: RunView, elapsedMs: number): string => {
  const { tokens, costUsd } = spentOf(session.state)
  return `${count(toolCalls, "tool call")}, ${count(tokens, "token")}, ${usd(costUsd)}, ${seconds(elapsedMs)}`
}
