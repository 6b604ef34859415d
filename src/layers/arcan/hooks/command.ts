/**
 * A hook that is a command. It runs without a shell and reads the event as JSON on its standard input.
 */
import { spawn } from "node:child_process"
import { Effect } from "effect"
import { HookError } from "../HookError.js"
import { HookLimits } from "./limits.js"

/**
 * A command to run.
 *
 * - `words`: the program and its arguments, passed on unchanged
 * - `directory`: working directory, and base of a relative path of the program
 */
export interface Command {
  readonly name: string
  readonly words: readonly [program: string, ...words: ReadonlyArray<string>]
  readonly directory: string
  readonly timeoutMs: number
}

// These variables are enough to find programs and a home. A hook must not get the keys of this process.
const inherited = ["PATH", "HOME", "USER", "LANG", "TZ", "TMPDIR"] as const

const environmentOf = (variables: Readonly<Record<string, string>>): Record<string, string> => ({
  ...Object.fromEntries(
    inherited.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))
  ),
  ...variables
})

/**
 * Runs a command to its end. Fails if the exit code is not 0; the message is the command's output on the standard
 * error. Interruption kills the command and its child processes.
 */
export const run = (
  { directory, name, timeoutMs, words: [program, ...words] }: Command,
  variables: Readonly<Record<string, string>>,
  event: object
): Effect.Effect<void, HookError> => {
  const failed = (message: string) => new HookError({ hook: name, message })
  return Effect.async<void, HookError>((resume) => {
    // The command gets its own process group, so that it can be killed together with its children.
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
    // A command that closes its input without reading the event is no failure.
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
        // The command has already ended.
      }
    })
  }).pipe(
    Effect.timeoutFail({
      duration: timeoutMs,
      onTimeout: () => failed(`the command ${program} took more than ${timeoutMs} ms and was killed`)
    })
  )
}
