/**
 * The instructions that a workspace holds for the agents that work in it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs"
import { join, sep } from "node:path"
import { Limits } from "../aios/index.js"

const names = ["AGENTS.md", "CLAUDE.md"]

/**
 * Reads the text of a workspace's `AGENTS.md`, or else of its `CLAUDE.md`: at most `Limits.instructionsBytesMax` bytes.
 * Gives `undefined` when there is neither. A file that cannot be read is left out, with a warning.
 *
 * @since 0.1.0
 * @category constructors
 */
export const instructions = (workspace: string): Effect.Effect<string | undefined> =>
  Effect.suspend(() => {
    for (const name of names) {
      try {
        const text = read(workspace, name)
        if (text !== undefined) return Effect.succeed(text)
      } catch (cause) {
        return Effect.as(
          Effect.logWarning(`the agents work without the instructions in ${join(workspace, name)}: ${String(cause)}`),
          undefined
        )
      }
    }
    return Effect.succeed(undefined)
  })

const read = (workspace: string, name: string): string | undefined => {
  let path: string
  try {
    path = realpathSync(join(workspace, name))
  } catch {
    // There is no such file, or the name is a link to nothing.
    return undefined
  }
  if (!path.startsWith(realpathSync(workspace) + sep)) throw new Error("it is a link that leads out of the workspace")
  // If the name is a pipe, opening must not wait for a writer.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) return undefined
    const bytes = Buffer.alloc(Limits.instructionsBytesMax)
    const size = readSync(file, bytes, 0, bytes.length, 0)
    // The decoder leaves out a character that was cut at the end.
    return new TextDecoder().decode(bytes.subarray(0, size), { stream: true }).trim() || undefined
  } finally {
    closeSync(file)
  }
}
