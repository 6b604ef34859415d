/**
 * The tool `list_dir`.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { Limits, outputBudget, type ToolOutput } from "../../aios/index.js"
import { show } from "../boundary/paths.js"
import { cooperate, type Work } from "../cooperate.js"
import { type EntryKind, walk } from "../search/walk.js"
import * as Tool from "../Tool.js"
import { type Location, shownPath, type Workspace } from "../Workspace.js"
import { planRead, requireDirectory } from "./planRead.js"

const name = "list_dir"

const Input = Schema.Struct({
  path: Schema.optional(
    Schema.NonEmptyString.annotations({
      description: "the directory, from the workspace root; default: the root"
    })
  ),
  depth: Schema.optional(
    Schema.Int.pipe(Schema.positive()).annotations({
      description: "levels of directories; default: 1"
    })
  )
}).annotations({ examples: [{ path: "src", depth: 2 }] })

/**
 * Lists a directory: `{ path, entries: [{ name, kind, sizeBytes }], total, truncated }`, sorted by name.
 *
 * Names of deeper levels are paths from the directory. `total` counts the entries found, `sizeBytes` is 0 for all but
 * files. Symlinks are shown and not followed; `.git` and `node_modules` are shown and not entered.
 *
 * @since 0.1.0
 * @category constructors
 */
export const listDir = (workspace: Workspace): Tool.Tool =>
  Tool.makePlanned({
    name,
    description:
      "Lists the entries of a directory of the workspace with kind (file, dir, symlink, other) and size, sorted " +
      "by name. With depth it lists deeper levels too, except inside .git and node_modules.",
    input: Input,
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    plan: ({ depth = 1, path = "." }) =>
      Effect.map(planRead(workspace, name, path, { isDeep: depth > 1 }), ({ location, ...needs }) => ({
        ...needs,
        execute: () => cooperate(name, path, () => list(workspace, location, depth))
      }))
  })

// A type rather than an interface, which TypeScript does not accept as JSON.
type Listed = { readonly name: string; readonly kind: EntryKind; readonly sizeBytes: number }

function* list(workspace: Workspace, location: Location, depthMax: number): Work<ToolOutput> {
  requireDirectory(location)
  const tally = { seen: 0, truncated: false, unreadable: 0 }
  const found: Array<Listed> = []
  for (const entry of walk(workspace, location.names, { depthMax, isSearch: false }, tally)) {
    if (entry === undefined) yield
    else
      found.push({ name: show(entry.names.slice(location.names.length)), kind: entry.kind, sizeBytes: entry.sizeBytes })
  }
  return { output: result(shownPath(location), found, tally.truncated) }
}

const result = (path: string, found: Array<Listed>, truncated: boolean) => {
  const fits = outputBudget()
  const sorted = found.toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const end = sorted.findIndex((entry, index) => index === Limits.listEntriesMax || !fits(entry))
  const entries = end < 0 ? sorted : sorted.slice(0, end)
  return { path, entries, total: found.length, truncated: truncated || end >= 0 }
}
