/**
 * The configuration file with the user's hooks for every run, and the protection of what it runs.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { existsSync, readFileSync } from "node:fs"
import { homedir } from "node:os"
import { dirname, join, resolve } from "node:path"
import { Hooks } from "../../layers/arcan/index.js"
import { Praxis } from "../../layers/praxis/index.js"
import { type CliError, failure, usage } from "../CliError.js"
import { Output } from "../Output.js"

const fileName = "life.toml"

// A file in the workspace is used only if --config or LIFE_CONFIG names it, because its commands would run, and the
// author of the workspace wrote them.
const userFile = (): string => {
  const folder = process.env["XDG_CONFIG_HOME"] || join(homedir(), ".config")
  return join(folder, "life", fileName)
}

/** The hooks, and the files that only a person may let the agent change. */
export interface Configuration {
  readonly hooks: ReadonlyArray<Hooks.Hooks>
  readonly sensitiveFiles: ReadonlyArray<Praxis.SensitiveFile>
}

/** The configuration in the file that `--config` or `LIFE_CONFIG` names (default: the user's own file). */
export const configurationOf = Effect.fnUntraced(function* (
  given: string | undefined,
  workspace: string
): Effect.fn.Return<Configuration, CliError, Output> {
  const named = given ?? (process.env["LIFE_CONFIG"] || undefined)
  const file = resolve(named ?? userFile())
  const own = join(resolve(workspace), fileName)
  if (named === undefined && existsSync(own)) {
    const { note } = yield* Output
    yield* note(`life: ${own} is not read, because its commands would run; name it with --config if you trust it`)
  }
  if (named === undefined && !existsSync(file)) return { hooks: [], sensitiveFiles: [] }
  const text = yield* Effect.try({
    try: () => readFileSync(file, "utf8"),
    catch: (cause) => failure(`the configuration ${file} cannot be read (${String(cause)})`)
  })
  const hooks = yield* Effect.mapError(Hooks.fromToml(text, { file, directory: dirname(file) }), ({ message }) =>
    usage(message)
  )
  const files = [file, ...hooks.flatMap(({ files = [] }) => files)]
  return {
    hooks,
    sensitiveFiles: [Praxis.sensitivePaths(resolve(workspace), files, "is run by the hooks of Life")]
  }
})
