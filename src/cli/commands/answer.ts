/**
 * `life approve` and `life deny`: answer an approval of a run that no process drives now.
 *
 * The command only writes the answer into the journal; `life run --resume` goes on with the run.
 *
 * @since 0.1.0
 */
import { Args, Command, Options } from "@effect/cli"
import { Effect, Option } from "effect"
import { resolve } from "node:path"
import { ActorSystem, type Agent } from "../../actors/index.js"
import { capabilityCovers, type Json } from "../../layers/aios/index.js"
import type { PendingCall } from "../../machines/index.js"
import * as Life from "../../Life.js"
import { failure, invalid } from "../CliError.js"
import { dataDirOf, flag, type Location, location, session, suggestion, text, word } from "../options.js"
import { Output } from "../Output.js"
import { withSession } from "../store.js"

const shared = {
  session,
  approval: word("approval", "The id of the approval (default: the only one that waits)").pipe(
    Args.optional,
    Args.map(Option.getOrUndefined)
  ),
  reason: text("reason", "TEXT", "Why; the model is told when a call is denied"),
  ...location
}

const given = {
  ...shared,
  always: flag("always", "Also allow later calls that need nothing else, for the rest of the session"),
  pattern: text("pattern", "CAPABILITIES", "Also allow later calls that this covers, such as fs:overwrite:/notes/**"),
  everything: flag("allow-everything", "Confirms --pattern '*', which lifts every gate for the rest of the session"),
  input: text("input", "JSON", "Run the call with other arguments").pipe(
    Options.mapEffect((json) =>
      json === undefined
        ? Effect.succeed(undefined)
        : Effect.try({
            try: () => JSON.parse(json) as Json,
            catch: (cause) => invalid(`--input takes JSON (${String(cause)})`)
          })
    )
  )
}

const actor = "cli"

/** Allows a call. */
export const approve = Command.make("approve", given, ({ always, everything, input, pattern, ...options }) =>
  answer({ ...options, pattern }, "approved", (agent, approvalId) =>
    agent.approve(approvalId, {
      actor,
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(always ? { scope: "session" as const } : {}),
      ...(pattern === undefined ? {} : { pattern, everything }),
      ...(input === undefined ? {} : { input })
    })
  )
).pipe(Command.withDescription("Allow a call that waits for an approval"))

/** Refuses a call. */
export const deny = Command.make("deny", shared, (options) =>
  answer(options, "denied", (agent, approvalId) =>
    agent.deny(approvalId, { actor, ...(options.reason === undefined ? {} : { reason: options.reason }) })
  )
).pipe(Command.withDescription("Refuse a call that waits for an approval"))

interface Question extends Location {
  readonly session: string
  readonly approval: string | undefined
  readonly pattern?: string | undefined
}

const answer = <E>(
  options: Question,
  verb: string,
  give: (agent: Agent, approvalId: string) => Effect.Effect<void, E>
) =>
  Effect.gen(function* () {
    yield* withSession(options, options.session, () => Effect.void)
    const workspace = resolve(options.workspace ?? ".")
    // This Life records the answer and does not drive the run; the process that resumes the run does.
    const life = Life.layer({
      workspace,
      wideWorkspace: true,
      dataDir: dataDirOf(options),
      provider: "scout",
      resume: false,
      drive: false
    })
    yield* Effect.gen(function* () {
      const agent = yield* Effect.flatMap(ActorSystem, (system) => system.get(options.session))
      const { approvals } = yield* agent.snapshot
      const approvalId = options.approval ?? (yield* onlyOne(options, approvals))
      yield* give(agent, approvalId)
      const call = approvals.find((each) => each.approvalId === approvalId)
      const { line } = yield* Output
      yield* line(`${verb} ${call?.toolName ?? ""} (${approvalId})`)
      yield* Effect.forEach(widerThan(options.pattern, call?.request?.capabilities ?? []), line)
      yield* line(`next  ${suggestion(`run --session ${options.session} --resume`, options)}`)
    }).pipe(Effect.provide(life))
  })

// The pattern that was given, if it covers more than the call needs.
const widerThan = (pattern: string | undefined, needed: ReadonlyArray<string>): ReadonlyArray<string> =>
  pattern === undefined || needed.some((capability) => capabilityCovers(capability, pattern))
    ? []
    : [`note  the pattern ${pattern} covers more than this call needs, which is ${needed.join(", ")}`]

const onlyOne = (options: Question, approvals: ReadonlyArray<PendingCall>) => {
  const [first, ...others] = approvals
  if (first?.approvalId !== undefined && others.length === 0) return Effect.succeed(first.approvalId)
  const ids = approvals.map(({ approvalId, toolName }) => `${approvalId} (${toolName})`)
  return Effect.fail(
    failure(
      first === undefined
        ? `nothing waits for an approval in ${options.session}; \`${suggestion(`state ${options.session}`, options)}\` shows what is going on`
        : `${ids.length} calls wait for an approval, so name one: ${ids.join(", ")}`
    )
  )
}
