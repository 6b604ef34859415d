/**
 * The setup of `life run`, made from the command line, the environment and the journal.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { isAbsolute, relative, resolve } from "node:path"
import type { BudgetState, PolicyTier, SessionSummary } from "../../layers/aios/index.js"
import { Providers } from "../../layers/arcan/index.js"
import { Praxis } from "../../layers/praxis/index.js"
import { type CliError, failure, usage } from "../CliError.js"
import { dataDirOf, type Location, suggestion } from "../options.js"
import { unknownSession } from "../store.js"
import { readObjective } from "./input.js"
import { type Known, lookAt } from "./known.js"
import { objectiveOf, reportIn } from "./objective.js"

/** Options of `life run`. */
export interface RunOptions extends Location {
  readonly objective: string | undefined
  readonly objectiveFile: string | undefined
  readonly provider: Providers.Provider | undefined
  readonly model: string | undefined
  /** Models to fall back on. */
  readonly fallback: ReadonlyArray<string>
  readonly session: string | undefined
  readonly resume: boolean
  readonly report: string | undefined
  readonly budget: Partial<BudgetState>
  readonly json: boolean
  readonly yes: boolean
  readonly verbose: boolean
  readonly policy: PolicyTier | undefined
  readonly wideWorkspace: boolean
  /** In seconds. */
  readonly approvalTimeout: number | undefined
}

/** A setup in which every choice is made. */
export interface RunSetup {
  readonly options: RunOptions
  readonly workspace: string
  readonly dataDir: string
  /** Id of the session; absent for a new session that gets a generated id. */
  readonly sessionId: string | undefined
  /** The session, if it is already in the journal. */
  readonly existing: SessionSummary | undefined
  /** The objective of the new or open run. */
  readonly objective: string
  /** The report that the objective names, from the workspace root. */
  readonly report: string | undefined
  readonly provider: Providers.Provider
  readonly model: string | undefined
  /** Reason for the choice of the provider. */
  readonly why: string
  /** Ids of sessions with an open run that this command leaves alone. */
  readonly otherRuns: ReadonlyArray<string>
}

/** Makes the setup. Reads the journal, if there is one, and writes nothing. */
export const setupOf = Effect.fnUntraced(function* (options: RunOptions) {
  const workspace = resolve(options.workspace ?? ".")
  yield* Effect.mapError(Praxis.checkWorkspace(workspace, options.wideWorkspace), ({ message }) => failure(message))
  const dataDir = dataDirOf(options)
  const known = yield* lookAt(dataDir, options.session)
  const setup = yield* options.resume ? resumed(options, known) : begun(options, known, workspace)
  const fallback = yield* Effect.forEach(options.fallback, (spec) =>
    Effect.mapError(Providers.parseSpec(spec), ({ message }) => usage(`--fallback: ${message}`))
  )
  for (const provider of [setup.provider, ...fallback.map((spec) => spec.provider)]) yield* checkKey(provider)
  if (setup.provider === "scout" && setup.model !== undefined && options.model !== undefined) {
    return yield* usage("--model goes with the providers anthropic, openai and ollama; scout has only one model")
  }
  return {
    ...setup,
    options,
    workspace,
    dataDir,
    report: reportIn(setup.objective),
    otherRuns: known.sessions
      .filter(({ runOpen, sessionId }) => runOpen && sessionId !== setup.sessionId)
      .map(({ sessionId }) => sessionId)
  } satisfies RunSetup
})

type Chosen = Pick<RunSetup, "sessionId" | "existing" | "objective" | "provider" | "model" | "why">

const begun = Effect.fnUntraced(function* (options: RunOptions, known: Known, workspace: string) {
  const asked = yield* readObjective(options.objective, options.objectiveFile)
  const report = yield* reportPath(workspace, options.report)
  const existing = known.sessions.find(({ sessionId }) => sessionId === options.session)
  if (existing !== undefined && options.policy !== undefined) return yield* policyIsSet
  if (existing?.runOpen === true) {
    return yield* failure(
      `the session ${existing.sessionId} is busy: it has an open run. Go on with it by ` +
        `\`${suggestion(`run --session ${existing.sessionId} --resume`, options)}\`, or take another session.`
    )
  }
  return {
    sessionId: options.session,
    existing,
    objective: objectiveOf(asked, report),
    model: options.model,
    ...chosenProvider(options)
  } satisfies Chosen
})

const policyIsSet = usage("a session keeps the policy it was created with; leave --policy out, or take a new session")

const chosenProvider = ({ provider }: RunOptions): Pick<RunSetup, "provider" | "why"> => {
  if (provider !== undefined) return { provider, why: "as --provider says" }
  return isSet("ANTHROPIC_API_KEY")
    ? { provider: "anthropic", why: "because ANTHROPIC_API_KEY is set" }
    : { provider: "scout", why: "built in and offline, because ANTHROPIC_API_KEY is not set" }
}

const isSet = (variable: string): boolean => (process.env[variable] ?? "").trim() !== ""

const checkKey = (provider: Providers.Provider): Effect.Effect<void, CliError> => {
  const variable = Providers.keyVariable[provider]
  if (variable === undefined || isSet(variable)) return Effect.void
  return Effect.fail(
    failure(
      `the provider ${provider} needs an API key; set ${variable}, or use --provider scout or --provider ollama, which ` +
        "need none"
    )
  )
}

const resumed = Effect.fnUntraced(function* (options: RunOptions, { run, sessions }: Known) {
  if (options.objective !== undefined || options.objectiveFile !== undefined || options.report !== undefined) {
    return yield* usage("--resume goes on with the open run and takes neither an objective nor a report")
  }
  if (Object.keys(options.budget).length > 0) {
    return yield* usage("--resume goes on with the budget the run was given; leave the --budget options out")
  }
  if (options.policy !== undefined) return yield* policyIsSet
  const existing = sessions.find(({ sessionId }) => sessionId === (options.session ?? run?.sessionId))
  if (run === undefined || existing === undefined) return yield* nothingToResume(options, sessions)
  const provider = options.provider ?? Providers.providers.find((name) => name === run.provider)
  if (provider === undefined) {
    return yield* failure(
      `the run was begun with the provider ${run.provider}, which this command does not have; ` +
        `choose one with --provider ${Providers.providers.join(" or --provider ")}`
    )
  }
  return {
    sessionId: existing.sessionId,
    existing,
    objective: run.objective,
    provider,
    model: options.model ?? (provider === run.provider ? run.model : undefined),
    why: options.provider === undefined ? "as the run began" : "as --provider says"
  } satisfies Chosen
})

const nothingToResume = (options: RunOptions, sessions: ReadonlyArray<SessionSummary>): CliError => {
  const open = sessions.filter(({ runOpen }) => runOpen).map(({ sessionId }) => sessionId)
  if (options.session === undefined) {
    return open.length === 0
      ? failure(`no session in ${dataDirOf(options)} has an open run; start one with \`${suggestion("run", options)}\``)
      : failure(`${open.length} sessions have an open run; choose one with --session: ${open.join(", ")}`)
  }
  return sessions.some(({ sessionId }) => sessionId === options.session)
    ? failure(
        `the session ${options.session} has no open run; give it something to do with ` +
          `\`${suggestion(`run "…" --session ${options.session}`, options)}\``
      )
    : unknownSession(options.session, sessions, options)
}

const reportPath = (workspace: string, report: string | undefined): Effect.Effect<string | undefined, CliError> => {
  if (report === undefined) return Effect.succeed(report)
  const path = relative(workspace, resolve(workspace, report))
  return path === "" || path.startsWith("..") || isAbsolute(path) || /[\r\n]/.test(path)
    ? Effect.fail(usage(`--report ${JSON.stringify(report)} is not a file in the workspace ${workspace}`))
    : Effect.succeed(path)
}
