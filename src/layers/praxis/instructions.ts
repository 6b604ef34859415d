/**
 * The instructions that a workspace holds for those who work in it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs"
import { join, sep } from "node:path"
import { Limits } from "../aios/index.js"

const names = ["AGENTS.md", "CLAUDE.md"]

/**
 * The text of a workspace's `AGENTS.md`, or else of its `CLAUDE.md`: at most `Limits.instructionsBytesMax` bytes of it.
 * `undefined` when there is neither. One that cannot be read is left out, with a warning.
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
    // There is none, or a link to nothing.
    return undefined
  }
  if (!path.startsWith(realpathSync(workspace) + sep)) throw new Error("it is a link that leads out of the workspace")
  // Without waiting for whoever would write to a pipe of that name.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (!fstatSync(file).isFile()) return undefined
    const bytes = Buffer.alloc(Limits.instructionsBytesMax)
    const size = readSync(file, bytes, 0, bytes.length, 0)
    // A character that was cut at the end is left out.
    return new TextDecoder().decode(bytes.subarray(0, size), { stream: true }).trim() || undefined
  } finally {
    closeSync(file)
  }
}
