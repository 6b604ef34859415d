/**
 * The tool `glob`.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { Limits, outputBudget, type ToolOutput } from "../../aios/index.js"
import { type Names, show } from "../boundary/paths.js"
import { cooperate, type Work } from "../cooperate.js"
import { attempt } from "../faults.js"
import { parseGlob } from "../search/glob.js"
import { walk } from "../search/walk.js"
import * as Tool from "../Tool.js"
import type { Location, Workspace } from "../Workspace.js"
import { planRead, requireDirectory } from "./planRead.js"

const name = "glob"

const Input = Schema.Struct({
  pattern: Schema.NonEmptyString.pipe(Schema.maxLength(Limits.patternCharactersMax)).annotations({
    description: "relative to path: * and ? inside a name, ** across directories, [a-z], {a,b}"
  }),
  path: Schema.optional(
    Schema.NonEmptyString.annotations({
      description: "the directory to search, from the workspace root; default: the root"
    })
  )
}).annotations({ examples: [{ pattern: "src/**/*.{ts,tsx}" }] })

/**
 * Finds files by a glob: `{ matches, count, truncated }`, paths from the workspace root, sorted.
 *
 * Symlinks are found and not followed. `.git`, `node_modules` and what `.gitignore` files name are left out.
 *
 * @since 0.1.0
 * @category constructors
 */
export const glob = (workspace: Workspace): Tool.Tool =>
  Tool.makePlanned({
    name,
    description:
      "Finds files by name pattern, for example **/*.ts, and gives their paths from the workspace root, sorted. " +
      "Leaves out .git, node_modules and what .gitignore names.",
    input: Input,
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    plan: Effect.fnUntraced(function* ({ path = ".", pattern }) {
      const matches = yield* attempt(name, pattern, () => parseGlob(pattern))
      const { location, ...needs } = yield* planRead(workspace, name, path, { isDeep: true })
      return { ...needs, execute: () => cooperate(name, path, () => find(workspace, location, matches)) }
    })
  })

function* find(workspace: Workspace, location: Location, isMatch: (names: Names) => boolean): Work<ToolOutput> {
  requireDirectory(location)
  const tally = { seen: 0, truncated: false, unreadable: 0 }
  const fits = outputBudget()
  const matches: Array<string> = []
  for (const entry of walk(workspace, location.names, { depthMax: Infinity, isSearch: true }, tally)) {
    if (entry === undefined) {
      yield
    } else if (
      (entry.kind === "file" || entry.kind === "symlink") &&
      isMatch(entry.names.slice(location.names.length))
    ) {
      const path = show(entry.names)
      if (matches.length === Limits.listEntriesMax || !fits(path)) {
        tally.truncated = true
        break
      }
      matches.push(path)
    }
  }
  return { output: { matches, count: matches.length, truncated: tally.truncated } }
}
