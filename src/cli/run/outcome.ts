/**
 * The outcome that is printed at the end of a run.
 *
 * @since 0.1.0
 */
import { join } from "node:path"
import { timestampOf } from "../../layers/aios/index.js"
import type { ClosedRun, RunView } from "../../machines/index.js"
import { CliError, exitCodes, failure } from "../CliError.js"
import { suggestion } from "../options.js"
import { figures } from "../render/progress.js"
import { bold, columns, line, type Line } from "../render/line.js"
import { count } from "../render/text.js"
import type { Approval } from "./approvals.js"
import type { RunSetup } from "./RunSetup.js"

const filesShownMax = 20

/** Lines with the end of the run, its files, its journal, and the commands to try next. */
export const outcomeLines = (
  setup: RunSetup,
  sessionId: string,
  { reason, ticks, unverified = [] }: ClosedRun,
  view: RunView,
  elapsedMs: number
): ReadonlyArray<Line> => {
  const files = [...view.files].slice(-filesShownMax)
  return [
    "",
    line`${bold(reason)} after ${count(ticks, "tick")}, ${figures(view, elapsedMs)}`,
    ...columns([
      ...files.map(([path, bytes]) => ["wrote", `${join(setup.workspace, path)} (${count(bytes, "byte")})`]),
      ...(unverified.length === 0 ? [] : [["unverified", unverifiedText(unverified)] as const]),
      ["journal", setup.dataDir],
      ["next", suggestion(`log ${sessionId}`, setup.options)],
      ["", suggestion(`replay ${sessionId}`, setup.options)],
      ["", suggestion(`verify ${sessionId}`, setup.options)]
    ])
  ]
}

const unverifiedText = (names: ReadonlyArray<string>): string => {
  const more = names.length - filesShownMax
  const shown = names.slice(0, filesShownMax).join(", ")
  return `${shown}${more > 0 ? ` and ${more} more` : ""}: changed, and not read since; look at it yourself`
}

const budgetOptions: Readonly<Record<string, string>> = {
  budget_tokens: "--budget-tokens",
  budget_cost: "--budget-cost",
  budget_time: "--budget-seconds",
  budget_ticks: "--budget-ticks",
  budget_tool_calls: "--budget-tool-calls"
}

/** The failure of the command for a run that did not complete. */
export const failureOf = ({ error, reason }: ClosedRun, interruption: CliError | undefined): CliError | undefined => {
  const option = budgetOptions[reason]
  if (option !== undefined) return failure(`the run ended because its budget is used up; give it more with ${option}`)
  switch (reason) {
    case "completed":
      return undefined
    case "cancelled":
      return interruption ?? failure("the run was cancelled")
    case "refused":
      return failure("the model refused to go on; word the objective differently, or take another model")
    case "budget_errors":
      return failure("the run ended because too many of its steps failed; `life log` shows what went wrong")
    default:
      return failure(`the run failed: ${error ?? "no reason was given"}`)
  }
}

/** The failure of the command for a run that waits for approvals; the message says how to go on. */
export const waitingFor = (setup: RunSetup, sessionId: string, approvals: ReadonlyArray<Approval>): CliError => {
  const calls = approvals.map(({ capability, risk, toolName }) => `${toolName} wants ${capability} (risk ${risk})`)
  const due = approvals.flatMap(({ dueAt }) => dueAt ?? []).toSorted((a, b) => a - b)[0]
  const resume = suggestion(`run --session ${sessionId} --resume --yes`, setup.options)
  return new CliError({
    exitCode: exitCodes.waiting,
    message:
      `the run waits for an approval${due === undefined ? "" : ` until ${timestampOf(due)}`}: ` +
      `${calls.join("; ")}. Allow it with \`${resume}\`, leave out --yes and answer on a terminal, ` +
      `or answer with \`${suggestion(`approve ${sessionId}`, setup.options)}\` and go on later. ` +
      `\`${suggestion(`state ${sessionId}`, setup.options)}\` shows the whole ${calls.length === 1 ? "call" : "calls"}.` +
      (due === undefined ? "" : " Afterwards it is denied; --approval-timeout gives more time.")
  })
}
