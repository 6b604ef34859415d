/**
 * A hook that is a command: run without a shell, told what happens by a JSON text on its standard input.
 */
import { spawn } from "node:child_process"
import { Effect } from "effect"
import { HookError } from "../HookError.js"
import { HookLimits } from "./limits.js"

/**
 * A command to be run.
 *
 * - `words`: the program and its arguments, handed over as they are
 * - `directory`: where it runs, and from where a relative program is found
 */
export interface Command {
  readonly name: string
  readonly words: readonly [program: string, ...words: ReadonlyArray<string>]
  readonly directory: string
  readonly timeoutMs: number
}

// Enough to find programs and a home. Keys that this process was given are nobody else's.
const inherited = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"] as const

const environmentOf = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  ),
  ...variables
})

/**
 * Runs a command to its end. Fails unless it ends with 0, with what it wrote to its standard error as the message.
 * Interruption kills it and what it has started.
 */
export const run = (
  { directory, name, timeoutMs, words: [program, ...words] }: Command,
  variables: Readonly<Record<string, string>>,
  event: object
): Effect.Effect<void, HookError> => {
  const failed = (message: string) => new HookError({ hook: name, message })
  return Effect.async<void, HookError>((resume) => {
    // In a group of its own, so that it can be killed with its children.
    const child = spawn(program, words, {
      cwd: directory,
      env: environmentOf(variables),
      stdio: ["pipe", "ignore", "pipe"],
      shell: false,
      detached: true
    })
    let said = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(0, HookLimits.hookOutputBytesMax)
    })
    // It need not read what it is told.
    child.stdin.on("error", () => {})
    child.stdin.end(JSON.stringify(event))
    child.on("error", ({ message }) => resume(failed(`the command cannot be run (${message})`)))
    child.on("close", (code, signal) => {
      if (code === 0) return resume(Effect.void)
      const how = code === null ? `was ended by ${signal}` : `ended with ${code}`
      resume(failed(said.trim() === "" ? `the command ${program} ${how} and said nothing` : said.trim()))
    })
    return Effect.sync(() => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL")
      } catch {
        // It has ended meanwhile.
      }
    })
  }).pipe(
    Effect.timeoutFail({
      duration: timeoutMs,
      onTimeout: () => failed(`the command ${program} took more than ${timeoutMs} ms and was killed`)
    })
  )
}
