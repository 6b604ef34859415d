/**
 * The options that commands share, and the checks of options.
 *
 * @since 0.1.0
 */
import { Args, HelpDoc, Options } from "@effect/cli"
import { Effect, Option, Schema } from "effect"
import { join, resolve } from "node:path"
import { SessionId } from "../layers/aios/index.js"
import { invalid } from "./CliError.js"

const check =
  <A>(problem: (value: A) => string | undefined) =>
  (value: A) => {
    const found = problem(value)
    return found === undefined ? Effect.succeed(value) : Effect.fail(invalid(found))
  }

const portMax = 65_535

const orUndefined = <A>(option: Options.Options<A>): Options.Options<A | undefined> =>
  option.pipe(Options.optional, Options.map(Option.getOrUndefined))

/** An optional text; an empty text is refused. */
export const text = (name: string, value: string, description: string): Options.Options<string | undefined> =>
  Options.text(name).pipe(
    Options.withPseudoName(value),
    Options.withDescription(description),
    Options.mapEffect(check((given) => (given.trim() === "" ? `--${name} is empty: give it a ${value}` : undefined))),
    orUndefined
  )

/** An optional number. */
export const number = (
  name: string,
  description: string,
  { min, integer = true }: { readonly min: number; readonly integer?: boolean }
): Options.Options<number | undefined> => {
  const what = `a${integer ? " whole" : ""} number ${min === 0 && !integer ? "above 0" : `of at least ${min}`}`
  const fits = (value: number) => (integer ? Number.isSafeInteger(value) && value >= min : value > min)
  return Options.text(name).pipe(
    Options.withPseudoName("N"),
    Options.withDescription(description),
    Options.mapEffect(
      check((given) =>
        given.trim() !== "" && Number.isFinite(Number(given)) && fits(Number(given))
          ? undefined
          : `--${name} takes ${what}, not ${JSON.stringify(given)}`
      )
    ),
    Options.map(Number),
    orUndefined
  )
}

/** An optional port of this machine. */
export const port: Options.Options<number | undefined> = number(
  "port",
  "The port to listen on (default: any free port)",
  {
    min: 0
  }
).pipe(
  Options.mapEffect(
    check((given) =>
      given === undefined || given <= portMax ? undefined : `--port takes a port from 0 to ${portMax}, not ${given}`
    )
  )
)

/** An optional choice between a few words. */
export const choice = <A extends string>(
  name: string,
  words: ReadonlyArray<A>,
  description: string
): Options.Options<A | undefined> =>
  Options.text(name).pipe(
    Options.withPseudoName(words.join("|")),
    Options.withDescription(description),
    Options.mapEffect((given) => {
      const found = words.find((word) => word === given)
      return found === undefined
        ? Effect.fail(invalid(`--${name} is one of ${words.join(", ")}, not ${JSON.stringify(given)}`))
        : Effect.succeed(found)
    }),
    orUndefined
  )

/** A switch. */
export const flag = (name: string, description: string): Options.Options<boolean> =>
  Options.boolean(name).pipe(Options.withDescription(description))

/** A word of the command line that is no option. A word that begins with `-` is refused as a mistyped option. */
export const word = (name: string, description: string): Args.Args<string> =>
  Args.text({ name }).pipe(
    Args.withDescription(description),
    Args.mapEffect((given) =>
      given.startsWith("-") ? Effect.fail(HelpDoc.p(`there is no option ${given}`)) : Effect.succeed(given)
    )
  )

const isSessionId = Schema.is(SessionId)

/** The session a command is about. */
export const session: Args.Args<string> = word("session", "A session id, as `life sessions` lists them")

/** The session to create or to take up. */
export const sessionOption: Options.Options<string | undefined> = text(
  "session",
  "ID",
  "Name a new session, or take up an existing one"
).pipe(
  Options.mapEffect(
    check((given) =>
      given === undefined || isSessionId(given)
        ? undefined
        : `a session id has 1 to 64 of A-Z a-z 0-9 . _ - and begins with neither . nor -, not ${JSON.stringify(given)}`
    )
  )
)

/** Options of every command that uses a journal: its location, and `--verbose`. */
export const location = {
  workspace: text("workspace", "DIR", "The folder the agent works in (default: the current folder)"),
  dataDir: text("data-dir", "DIR", "The folder of the journal (default: .life in the workspace)"),
  verbose: flag("verbose", "Log everything, and say more about a failure (as LIFE_LOG_LEVEL=debug does)")
}

/** Prints JSON. */
export const json: Options.Options<boolean> = flag("json", "Print JSON and nothing else on the standard output")

/** Values of {@link location}. */
export interface Location {
  readonly workspace: string | undefined
  readonly dataDir: string | undefined
}

/** The directory of the journal. */
export const dataDirOf = ({ dataDir, workspace }: Location): string =>
  resolve(dataDir ?? join(workspace ?? ".", ".life"))

// A user who runs the command through npm may have no `life` on the path.
const program = process.env["npm_command"] === undefined ? "life" : "npx life"

/** A command to try next, at the same location. */
export const suggestion = (words: string, { dataDir, workspace }: Location): string => {
  const where =
    dataDir !== undefined
      ? ` --data-dir ${quoted(dataDir)}`
      : workspace !== undefined
        ? ` --workspace ${quoted(workspace)}`
        : ""
  return `${program} ${words}${where}`
}

const quoted = (path: string): string => (/^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)
