/**
 * All commands, and the exit code of the process.
 *
 * @since 0.1.0
 */
import { CliConfig, Command, HelpDoc } from "@effect/cli"
import * as NodeContext from "@effect/platform-node/NodeContext"
import { Cause, Console, Effect, Exit, Layer } from "effect"
import { exitCodes, reportOf } from "./CliError.js"
import { approve, deny } from "./commands/answer.js"
import { id } from "./commands/id.js"
import { inspect } from "./commands/inspect.js"
import { log } from "./commands/log.js"
import { replay } from "./commands/replay.js"
import { run } from "./commands/run.js"
import { sessions } from "./commands/sessions.js"
import { sim } from "./commands/sim.js"
import { doctor } from "./commands/doctor.js"
import { state } from "./commands/state.js"
import { verify } from "./commands/verify.js"
import { tidyHelp } from "./help.js"
import { logging, takeCommonOptions } from "./logging.js"
import { Output } from "./Output.js"
import { exact, plain, render } from "./render/line.js"
import { spellOut } from "./run/inspector.js"
import { Signals } from "./Signals.js"
import { version } from "./version.js"

const life = Command.make("life").pipe(
  Command.withDescription("An operating system for autonomous agents: every step is an event in a durable journal."),
  Command.withSubcommands([run, approve, deny, log, sessions, state, replay, verify, id, inspect, sim, doctor])
)

const parse = Command.run(life, {
  name: "life",
  version,
  executable: "life",
  footer: HelpDoc.p(
    "`life run` surveys the current folder without any key; `life COMMAND --help` shows the options of a command. " +
      "Every command takes --log-level debug|info|warning|error|none and --log-format pretty|json (LIFE_LOG_LEVEL, " +
      "LIFE_LOG_FORMAT) for the log on the standard error, and --show-secrets, without which texts that look like " +
      "secrets are masked. " +
      "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 waiting for an approval, 4 not proven, 130 interrupted."
  )
})

/** Runs the command that `argv` names (given like `process.argv`), and sets the exit code of the process. */
export const main = (argv: ReadonlyArray<string>): Promise<void> => {
  const { rest, showsSecrets, wishes } = takeCommonOptions(argv)
  // Node would print the error as it is, with the control characters of its message.
  process.on("uncaughtException", (error) => {
    process.stderr.write(`${render(`life: ${reportOf(Cause.die(error)).message}`, { ...plain, breaks: "indented" })}\n`)
    process.exit(exitCodes.failure)
  })
  const { verbose } = wishes
  const environment = Layer.mergeAll(NodeContext.layer, CliConfig.layer({ showBuiltIns: false }), logging(wishes))
  const program = Effect.gen(function* () {
    const { note } = yield* Output
    const exit = yield* Effect.exit(Effect.provide(withHelpOn(parse([...spellOut(rest)])), environment))
    if (Exit.isSuccess(exit)) return
    const { exitCode, message } = reportOf(exit.cause)
    if (exitCode !== exitCodes.SIGPIPE) yield* note(`life: ${message}${verbose ? `\n${Cause.pretty(exit.cause)}` : ""}`)
    process.exitCode = exitCode
  })
  // Without `Effect.never`, Node could end while the program waits for a signal or an answer of the user.
  return Effect.runPromise(
    Effect.raceFirst(Effect.provide(program, Layer.merge(Output.layer({ showsSecrets }), Signals.layer)), Effect.never)
  )
}

// @effect/cli prints its errors as well; this console drops them, because `main` reports them.
const withHelpOn = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(Output, ({ lines }) =>
    Console.consoleWith((console) =>
      Effect.withConsole(effect, {
        ...console,
        log: (text: unknown) => lines(exact(tidyHelp(String(text)))),
        error: () => Effect.void
      })
    )
  )
