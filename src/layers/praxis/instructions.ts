/**
 * The instructions that a workspace holds for the agents that work in it.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { join } from "node:path"
import { Limits } from "../aios/index.js"
import { readStart } from "./boundary/readFile.js"
import { Refusal } from "./faults.js"
import * as Workspace from "./Workspace.js"

const names = ["AGENTS.md", "CLAUDE.md"]

/**
 * Reads the text of a workspace's `AGENTS.md`, or else of its `CLAUDE.md`: at most `Limits.instructionsBytesMax` bytes.
 * Gives `undefined` when there is neither. A file that cannot be read, that leads out of the workspace, into a data
 * directory of Life or to a file with secrets is left out, with a warning.
 *
 * @since 0.1.0
 * @category constructors
 */
export const instructions = (
  root: string,
  options: Pick<Workspace.WorkspaceOptions, "sensitiveFiles"> = {}
): Effect.Effect<string | undefined> =>
  Effect.flatMap(
    // The tools report a workspace that cannot be used.
    Effect.option(Workspace.make({ ...options, root, protectedPaths: [], wide: true })),
    (workspace) => (workspace._tag === "None" ? Effect.succeed(undefined) : from(workspace.value))
  )

const from = (workspace: Workspace.Workspace): Effect.Effect<string | undefined> =>
  Effect.suspend(() => {
    for (const name of names) {
      try {
        const text = read(workspace, name)
        if (text !== undefined) return Effect.succeed(text)
      } catch (cause) {
        const path = join(workspace.root, name)
        return Effect.as(
          Effect.logWarning(`the agents work without the instructions in ${path}: ${String(cause)}`),
          undefined
        )
      }
    }
    return Effect.succeed(undefined)
  })

const read = (workspace: Workspace.Workspace, name: string): string | undefined => {
  const location = workspace.locate(name, "read")
  if (location.stats?.isFile() !== true) return undefined
  // The text goes to the provider with every request, and no person has been asked.
  const [secret] = workspace.sensitivityOf(location, "read")
  if (secret !== undefined) throw new Refusal("PolicyViolation", `it leads to a file that ${secret}`)
  // The decoder leaves out a character that was cut at the end.
  const bytes = readStart(workspace, location.names, Limits.instructionsBytesMax)
  return new TextDecoder().decode(bytes, { stream: true }).trim() || undefined
}
