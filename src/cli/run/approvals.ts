/**
 * Calls that need an approval: granted by the command line, asked for on a terminal, or left for later.
 *
 * @since 0.1.0
 */
import { Effect, Stream } from "effect"
import type { Agent } from "../../actors/Agent.js"
import type { ApprovalAnswer } from "../../actors/approving.js"
import { type EventKindOf, type Journal, mainBranch, pathScope } from "../../layers/aios/index.js"
import { isKind } from "../kinds.js"
import { Output } from "../Output.js"
import { pairs, printable } from "../render/text.js"
import { Signals } from "../Signals.js"
import type { Plan } from "./Plan.js"
import type { Progress } from "./Progress.js"

/** A call that waits. */
export type Approval = EventKindOf<"ApprovalRequested">

const actor = "cli"
const argumentCharactersMax = 200

/** Answers a call. `false` when it was left for later. */
export const answer = Effect.fnUntraced(function* (plan: Plan, agent: Agent, approval: Approval) {
  const { approvalId } = approval
  const reason = grantedBy(plan, approval)
  const granted = reason !== undefined || (yield* asked(plan, approval))
  if (granted === undefined) return false
  const by: ApprovalAnswer = { actor, ...(reason === undefined ? {} : { reason }) }
  yield* (granted ? agent.approve(approvalId, by) : agent.deny(approvalId, by)).pipe(
    // The run has ended meanwhile, and its calls with it.
    Effect.catchTag("AgentError", (error) => (error.reason === "UnknownApproval" ? Effect.void : Effect.fail(error)))
  )
  return true
})

const grantedBy = ({ options, report }: Plan, { capability }: Approval): string | undefined => {
  if (options.yes) return "--yes"
  if (report === undefined || capability !== `fs:overwrite:${pathScope(report)}`) return undefined
  return `the objective names ${report} as the report`
}

const asked = Effect.fnUntraced(function* ({ options }: Plan, { capability, input, risk, toolName }: Approval) {
  const { ask, interactive, paint } = yield* Output
  if (!interactive || options.json) return undefined
  const { first } = yield* Signals
  const question =
    `${paint.yellow("approval")}  ${printable(toolName)} wants ${printable(capability)} (risk ${risk})\n` +
    `  ${pairs(input, argumentCharactersMax)}\n  Allow this one call? [y/N]`
  const said = yield* Effect.raceFirst(ask(question), Effect.as(first, undefined))
  return said === undefined ? undefined : /^\s*y(es)?\s*$/i.test(said)
})

/** The calls of the open run that wait already, the oldest first. */
export const waiting = (journal: typeof Journal.Service, sessionId: string, { agent, sequence }: Progress) => {
  const ids = new Set(
    agent.calls.flatMap(({ approvalId, status }) => (status === "gated" && approvalId ? [approvalId] : []))
  )
  const after = agent.run?.startSequence ?? sequence
  const types = ["ApprovalRequested"] as const
  return journal
    .stream({ sessionId, branchId: mainBranch, after, through: sequence, types })
    .pipe(
      Stream.runFold([] as ReadonlyArray<Approval>, (found, { kind }) =>
        isKind(kind, "ApprovalRequested") && ids.has(kind.approvalId) ? [...found, kind] : found
      )
    )
}
