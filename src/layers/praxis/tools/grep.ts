/**
 * The tool `grep`.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { RE2JS, RE2JSException } from "re2js"
import { Limits, outputBudget, type ToolOutput } from "../../aios/index.js"
import { type Names, show } from "../boundary/paths.js"
import { decodeText, readFile, requireFile } from "../boundary/readFile.js"
import { cooperate, type Work } from "../cooperate.js"
import { attempt, errorCode, Refusal } from "../faults.js"
import { parseGlob } from "../search/glob.js"
import { walk, type WalkTally } from "../search/walk.js"
import * as Tool from "../Tool.js"
import type { Location, Workspace } from "../Workspace.js"
import { planRead } from "./planRead.js"

const name = "grep"

const Pattern = Schema.NonEmptyString.pipe(Schema.maxLength(Limits.patternCharactersMax))

const Input = Schema.Struct({
  pattern: Pattern.annotations({
    description: "a regular expression in RE2 syntax, searched in each line; (?i) at its start ignores case"
  }),
  path: Schema.optional(
    Schema.NonEmptyString.annotations({
      description: "the directory or file to search, from the workspace root; default: the root"
    })
  ),
  glob: Schema.optional(
    Pattern.annotations({
      description: "only files that fit, for example *.ts; with a slash in it the path from path on must fit"
    })
  ),
  maxMatches: Schema.optional(
    Schema.Int.pipe(Schema.between(1, Limits.grepMatchesMax)).annotations({
      description: `how many matches at most; default: ${Limits.grepMatchesDefault}`
    })
  )
}).annotations({ examples: [{ pattern: "TODO|FIXME", glob: "*.ts" }] })

// Types rather than interfaces, which TypeScript does not accept as JSON.
type Match = { readonly file: string; readonly line: number; readonly text: string }
type Skipped = { binary: number; secret: number; tooLarge: number; unreadable: number }

/**
 * Finds lines by a regular expression: `{ matches: [{ file, line, text }], count, truncated, skipped }`, sorted by file
 * and line. `skipped` counts files that were not searched, or not whole: `{ binary, secret, tooLarge, unreadable }`.
 *
 * Expressions run in time linear to the text (RE2): no look-around, no back-references. Of a long line, `text` is the
 * part around the match.
 *
 * @since 0.1.0
 * @category constructors
 */
export const grep = (workspace: Workspace): Tool.Tool =>
  Tool.makePlanned({
    name,
    description:
      "Finds lines that match a regular expression (RE2: no look-around, no back-references) in the text files " +
      "of a directory. Leaves out .git, node_modules, what .gitignore names, files with secrets, binary files and very large files.",
    input: Input,
    annotations: { readOnly: true, destructive: false, idempotent: true, openWorld: false },
    timeoutMs: Limits.grepTimeoutMs,
    plan: Effect.fnUntraced(function* ({ glob, maxMatches = Limits.grepMatchesDefault, path = ".", pattern }) {
      const expression = yield* attempt(name, pattern, () => compile(pattern))
      const isWanted = yield* attempt(name, glob ?? "", () => (glob === undefined ? () => true : fileFilter(glob)))
      const { location, ...needs } = yield* planRead(workspace, name, path, { isDeep: true })
      const search = { expression, isWanted, maxMatches }
      return { ...needs, execute: () => cooperate(name, path, () => find(workspace, location, search)) }
    })
  })

interface Search {
  readonly expression: RE2JS
  readonly isWanted: (names: Names) => boolean
  readonly maxMatches: number
}

const compile = (pattern: string): RE2JS => {
  try {
    return RE2JS.compile(pattern)
  } catch (cause) {
    if (!(cause instanceof RE2JSException)) throw cause
    throw new Refusal(
      "InvalidInput",
      `"pattern": ${cause.message}; use RE2 syntax, which has no look-around and no back-references`
    )
  }
}

const fileFilter = (glob: string): ((names: Names) => boolean) => {
  const isMatch = parseGlob(glob)
  return glob.includes("/") ? isMatch : (names) => isMatch(names.slice(-1))
}

function* find(workspace: Workspace, location: Location, search: Search): Work<ToolOutput> {
  const tally = { seen: 0, truncated: false, unreadable: 0 }
  const skipped = { binary: 0, secret: 0, tooLarge: 0, unreadable: 0 }
  const fits = outputBudget()
  const matches: Array<Match> = []
  for (const names of files(workspace, location, tally)) {
    if (names === undefined) {
      yield
      continue
    }
    // A file with secrets is searched only if the call names it, because then the policy has decided about it.
    const isNamed = names === location.names
    if (!search.isWanted(names.slice(location.names.length)) && !isNamed) continue
    if (!isNamed && workspace.isSecret(names)) {
      skipped.secret += 1
      continue
    }
    const text = yield* readText(workspace, names, skipped)
    const file = show(names)
    for (const match of text === undefined ? [] : matchingLines(text, search.expression, skipped)) {
      if (match === undefined) {
        yield
        continue
      }
      if (matches.length === search.maxMatches || !fits({ file, ...match })) {
        return found(matches, true, skipped, tally)
      }
      matches.push({ file, ...match })
    }
  }
  return found(matches, tally.truncated, skipped, tally)
}

const found = (
  matches: ReadonlyArray<Match>,
  truncated: boolean,
  skipped: Skipped,
  { unreadable }: WalkTally
): ToolOutput => ({
  output: {
    matches,
    count: matches.length,
    truncated,
    skipped: { ...skipped, unreadable: skipped.unreadable + unreadable }
  }
})

function* files(workspace: Workspace, location: Location, tally: WalkTally): Generator<Names | undefined, void, void> {
  if (location.stats === undefined)
    throw new Refusal("Unavailable", `"${show(location.asked)}" does not exist; use list_dir on the directory above`)
  if (!location.stats.isDirectory()) {
    requireFile(show(location.asked), location.stats)
    return yield location.names
  }
  for (const entry of walk(workspace, location.names, { depthMax: Infinity, isSearch: true }, tally)) {
    if (entry === undefined) yield undefined
    else if (entry.kind === "file") yield entry.names
  }
}

// A file that cannot be searched does not end the search.
function* readText(workspace: Workspace, names: Names, skipped: Skipped): Work<string | undefined> {
  try {
    const text = decodeText(yield* readFile(workspace, names, Limits.grepFileBytesMax))
    if (text === undefined) skipped.binary += 1
    return text
  } catch (cause) {
    if (cause instanceof Refusal && cause.reason === "TooLarge") skipped.tooLarge += 1
    else if (cause instanceof Refusal || errorCode(cause) !== undefined) skipped.unreadable += 1
    else throw cause
    return undefined
  }
}

// Gives the lines that match; `undefined` marks a point where other fibers may run. A file with a line that would take
// too long counts as too large.
function* matchingLines(
  text: string,
  expression: RE2JS,
  skipped: Skipped
): Generator<Omit<Match, "file"> | undefined, void, void> {
  let stepsLeft = Limits.grepChunkSteps
  let line = 0
  let isWhole = true
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf("\n", start)
    const next = newline < 0 ? text.length : newline + 1
    const content = text.slice(start, newline < 0 ? next : newline).replace(/\r$/, "")
    const steps = (content.length + 1) * expression.programSize()
    line += 1
    start = next
    if (steps > Limits.grepLineStepsMax) isWhole = false
    else if (expression.test(content)) yield { line, text: cut(content, expression) }
    stepsLeft -= steps
    if (stepsLeft > 0) continue
    yield undefined
    stepsLeft = Limits.grepChunkSteps
  }
  if (!isWhole) skipped.tooLarge += 1
}

// Cut at whole characters: half a surrogate pair is no text.
const cut = (line: string, expression: RE2JS): string => {
  if (line.length <= Limits.grepLineCharactersMax) return line
  const matcher = expression.matcher(line)
  const from = matcher.find() ? Math.max(0, matcher.start() - Limits.grepLineCharactersMax / 4) : 0
  return line.slice(from, from + Limits.grepLineCharactersMax).replace(/^[\udc00-\udfff]|[\ud800-\udbff]$/g, "")
}
