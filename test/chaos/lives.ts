/** Starts lives, listens to them, and kills them. */
import { spawn } from "node:child_process"
import { Cause, Effect } from "effect"
import type { Word } from "./words.js"

/**
 * Moment of a kill: so long after the spawn or after `ready`, as soon as an event of this sequence or later is said, or
 * so long after an event of this type is said whose sequence is higher than that.
 */
export type Kill =
  | { readonly after: "spawn" | "ready"; readonly delayMs: number }
  | { readonly after: "event"; readonly sequence: number }
  | { readonly after: "type"; readonly type: string; readonly beyond: number; readonly delayMs: number }

/**
 * A life, from the outside. Times are in milliseconds since the spawn; the time of a word that was not said is missing.
 */
export interface Life {
  readonly words: ReadonlyArray<Word>
  readonly readyMs?: number
  readonly endMs?: number
  /** The kill came before the process had ended by itself. */
  readonly killed: boolean
  readonly exitCode: number | null
  readonly stderr: string
}

const lifeMsMax = 60_000

/**
 * One life, that is, one run of `node` with a command, killed with SIGKILL if it does not end before that. Dies when it
 * hangs.
 */
export const liveOnce = (command: ReadonlyArray<string>, kill?: Kill): Effect.Effect<Life> =>
  Effect.async<Life>((resume) => {
    const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe"] })
    const spawnedAt = performance.now()
    const times: { -readonly [K in "readyMs" | "endMs"]?: number } = {}
    const words: Array<Word> = []
    let timer: NodeJS.Timeout | undefined
    const shoot = () => child.kill("SIGKILL")
    const shootLater = (delayMs: number) => {
      timer ??= setTimeout(shoot, delayMs)
    }
    const hear = (line: string) => {
      // Written by `say` of the same sources.
      const word = JSON.parse(line) as Word
      words.push(word)
      const now = performance.now() - spawnedAt
      if (word.word === "ready") {
        times.readyMs = now
        if (kill?.after === "ready") shootLater(kill.delayMs)
      } else if (word.word === "event") {
        if (kill?.after === "event" && word.sequence >= kill.sequence) shoot()
        if (kill?.after === "type" && word.type === kill.type && word.sequence > kill.beyond) shootLater(kill.delayMs)
      } else {
        times.endMs = now
      }
    }
    let rest = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n")
      rest = lines.pop() ?? ""
      for (const line of lines) hear(line)
    })
    let stderr = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text
    })
    if (kill?.after === "spawn") shootLater(kill.delayMs)
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer)
      resume(Effect.succeed({ ...times, words, killed: signal === "SIGKILL", exitCode, stderr }))
    })
    return Effect.sync(shoot)
  }).pipe(
    Effect.timeoutFailCause({
      duration: lifeMsMax,
      onTimeout: () => Cause.die(new Error(`a life of ${command.join(" ")} has not ended after ${lifeMsMax} ms`))
    })
  )
