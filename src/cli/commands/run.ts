/**
 * `life run`: gives an agent an objective and shows what it does.
 *
 * @since 0.1.0
 */
import { Args, Command, Options } from "@effect/cli"
import { Effect, Layer, Option } from "effect"
import * as Life from "../../Life.js"
import { type BudgetState, PolicyTier } from "../../layers/aios/index.js"
import { Providers } from "../../layers/arcan/index.js"
import { invalid, usage } from "../CliError.js"
import { choice, flag, json, location, number, sessionOption, text, word } from "../options.js"
import { conduct } from "../run/conduct.js"
import { configurationOf } from "../run/config.js"
import { besidePage, inspectorOf, ownPage, problemOf } from "../run/inspector.js"
import { type RunSetup, setupOf } from "../run/RunSetup.js"
import { telemetryOf, traceOption } from "../run/telemetry.js"

const options = {
  objective: word("objective", "The objective of the run (default: a survey of the workspace)").pipe(
    Args.optional,
    Args.map(Option.getOrUndefined)
  ),
  objectiveFile: text("objective-file", "FILE", "Read the objective from a file, or from the standard input for -"),
  provider: choice(
    "provider",
    Providers.providers,
    "The model to think with: scout is built in, anthropic reads ANTHROPIC_API_KEY and is the default when that is set, " +
      "openai reads OPENAI_API_KEY, ollama runs on this machine"
  ),
  model: text("model", "NAME", "The model of the provider; scout has only one"),
  fallback: text(
    "fallback",
    "PROVIDER[:MODEL],…",
    "Models to ask, in this order, when the model of --provider does not answer; give them again with --resume"
  ).pipe(Options.map((given) => given?.split(",").map((spec) => spec.trim()) ?? [])),
  ...location,
  wideWorkspace: flag(
    "wide-workspace",
    "Work in the home directory, in a folder above it, or in the folder of another user"
  ),
  session: sessionOption,
  resume: flag("resume", "Go on with the open run of a session"),
  report: text("report", "FILE", "The file in the workspace for the report; it is added to the objective"),
  budgetTokens: number("budget-tokens", "Tokens the run may use", { min: 1 }),
  budgetCost: number("budget-cost", "US dollars the run may cost", { min: 0, integer: false }),
  budgetSeconds: number("budget-seconds", "Seconds of work the run may take", { min: 0, integer: false }),
  budgetTicks: number("budget-ticks", "Ticks the run may take", { min: 1 }),
  budgetToolCalls: number("budget-tool-calls", "Tool calls the run may make", { min: 0 }),
  json,
  yes: flag("yes", "Allow every call that needs an approval"),
  policy: choice(
    "policy",
    PolicyTier.literals,
    "Policy of a new session: what the agent may do by itself, and what it must ask for"
  ),
  approvalTimeout: number(
    "approval-timeout",
    "Seconds a call waits for an approval before it is denied (default: 300)",
    {
      min: 0,
      integer: false
    }
  ),
  inspect: text(
    "inspect",
    "[=ws://HOST:PORT]",
    "Watch the run: on a page of this machine, or by sending Stately's messages to a WebSocket server"
  ).pipe(
    Options.mapEffect((given) => {
      const problem = given === undefined ? undefined : problemOf(given)
      return problem === undefined ? Effect.succeed(given) : Effect.fail(invalid(problem))
    })
  ),
  open: flag("open", "Open the page of --inspect in a browser"),
  trace: traceOption,
  config: text("config", "FILE", "Hooks to run beside the agent (default: LIFE_CONFIG, or ~/.config/life/life.toml)")
}

/** The command. */
export const run = Command.make("run", options, (given) =>
  Effect.gen(function* () {
    yield* checkOpen(given)
    const setup = yield* setupOf({ ...given, budget: budgetOf(given) })
    const configuration = yield* configurationOf(given.config, setup.workspace)
    const life = Life.layer({ ...lifeOptions(setup), ...configuration }).pipe(
      Layer.provide(inspectorOf(given.inspect, setup.dataDir, given.open)),
      Layer.provide(telemetryOf(given.trace))
    )
    yield* Effect.provide(besidePage(given.inspect, conduct(setup)), life)
  })
).pipe(Command.withDescription("Give an agent an objective and watch it work"))

const checkOpen = ({ inspect, open }: { readonly inspect: string | undefined; readonly open: boolean }) =>
  open && inspect !== ownPage ? Effect.fail(usage("--open goes with --inspect, whose page it opens")) : Effect.void

const budgetOf = (given: {
  readonly budgetTokens: number | undefined
  readonly budgetCost: number | undefined
  readonly budgetSeconds: number | undefined
  readonly budgetTicks: number | undefined
  readonly budgetToolCalls: number | undefined
}): Partial<BudgetState> => ({
  ...(given.budgetTokens === undefined ? {} : { tokensRemaining: given.budgetTokens }),
  ...(given.budgetCost === undefined ? {} : { costRemainingUsd: given.budgetCost }),
  ...(given.budgetSeconds === undefined ? {} : { timeRemainingMs: Math.ceil(given.budgetSeconds * 1_000) }),
  ...(given.budgetTicks === undefined ? {} : { ticksRemaining: given.budgetTicks }),
  ...(given.budgetToolCalls === undefined ? {} : { toolCallsRemaining: given.budgetToolCalls })
})

const lifeOptions = ({
  dataDir,
  model,
  options: { approvalTimeout, fallback, policy, wideWorkspace },
  provider,
  report,
  workspace
}: RunSetup): Life.LifeOptions => ({
  workspace,
  wideWorkspace,
  dataDir,
  provider,
  fallback,
  // This command leaves open runs of other sessions alone; its header lists them.
  resume: false,
  ...(model === undefined || provider === "scout" ? {} : { model }),
  ...(report === undefined ? {} : { reportPath: report }),
  ...(policy === undefined ? {} : { policy }),
  approvalWarnings: false,
  ...(approvalTimeout === undefined ? {} : { approvalTimeoutMs: approvalTimeout * 1_000 })
})
