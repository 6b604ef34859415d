/**
 * The rules of the house that can be checked on the source text. Each takes sources and gives its findings as
 * `file:line: what is wrong and what to do`.
 */
import { posix } from "node:path"
import { operatingModes, tickPhases } from "../../src/layers/aios/index.js"
import { declarationsOf, type Import, importsOf, lineAt, type Source } from "./source.js"

/** Findings of a rule, one line each. */
export type Findings = ReadonlyArray<string>

/** A check of one file. */
export type Rule = (source: Source) => Findings

const finding = (source: Source, position: number, message: string): string =>
  `${source.path}:${lineAt(source, position)}: ${message}`

const layer = /^layers\/\w+$/
/** A public module of the package: a file directly in src that exports what the floors below declare. */
const publicModule = /^src\/[A-Z]\w*\.ts$/
const layerNames = ["aios", "anima", "lago", "praxis", "autonomic", "arcan", "nous", "haima", "spaces", "vigil"]

/** The floor a file of src belongs to, or `undefined` when the house has no such floor. */
export const floorOf = (path: string): string | undefined => {
  const [, first = "", second = ""] = path.split("/")
  if (first === "layers") return layerNames.includes(second) ? `layers/${second}` : undefined
  const floor = first.replace(/\.ts$/, "")
  if (/^(index|Life|Inspector|cli|server|cluster|simulation|actors|machines)$/.test(floor)) return floor
  return publicModule.test(path) ? "modules" : undefined
}

/** True if a file on one floor may import a file on another. */
export const mayImport = (from: string, to: string): boolean => {
  if (from === to) return true
  if (to === "index") return false
  if (from === "index") return to !== "cli"
  if (from === "cli") return true
  if (from === "modules") return /^(actors|machines)$/.test(to) || layer.test(to)
  // The inspectors under one name: those of vigil, and one that serves a page.
  if (from === "Inspector") return /^(server|actors|machines)$/.test(to) || layer.test(to)
  if (["server", "cluster", "simulation"].includes(from)) return /^(Life|actors|machines)$/.test(to) || layer.test(to)
  if (from === "Life") return /^(actors|machines)$/.test(to) || layer.test(to)
  if (from === "actors") return to === "machines" || to === "layers/aios"
  return from !== "layers/aios" && to === "layers/aios"
}

// Schema describes data and does nothing, so a machine may state the shape of its snapshot with it.
const isPure = ({ specifier, clause }: Import): boolean =>
  /^xstate($|\/)/.test(specifier) || (specifier === "effect" && /^import\s+(type\s+)?\{\s*Schema\s*\}/.test(clause))

const direction = (path: string, from: string, imported: Import): string | undefined => {
  const { specifier } = imported
  if (!specifier.startsWith(".")) {
    return from === "machines" && !isPure(imported)
      ? `machines are pure: import xstate, Schema of effect and layers/aios, but not "${specifier}"`
      : undefined
  }
  // A table of data lies beside the module that reads it.
  if (specifier.startsWith("./") && specifier.endsWith(".json")) return undefined
  if (!specifier.endsWith(".js")) return `write the relative import "${specifier}" with its .js ending`
  const to = floorOf(posix.join(posix.dirname(path), specifier).replace(/\.js$/, ".ts"))
  if (to === undefined) return `"${specifier}" leads out of the house`
  return mayImport(from, to) ? undefined : `${from} may not import ${to} ("${specifier}")`
}

/** Imports go down the floors only, and relative ones end in .js. */
export const importDirection: Rule = (source) => {
  const from = floorOf(source.path)
  if (from === undefined) return [`${source.path}:1: belongs to no floor of the house; see CONTRIBUTING.md`]
  return importsOf(source).flatMap((imported) => {
    const message = direction(source.path, from, imported)
    return message === undefined ? [] : [`${source.path}:${imported.line}: ${message}`]
  })
}

/** Deep imports that are allowed, and why. */
export const deepImportsAllowed: Readonly<Record<string, string>> = {
  "src/cli/logging.ts":
    "every command logs, and the face of vigil loads the OpenTelemetry SDK, which most commands never use"
}

/** From another floor, a folder is imported through its index.ts. A public module loads only what it exports. */
export const oneFace: Rule = (source) => {
  if (source.path in deepImportsAllowed || /^(modules|Inspector|index)$/.test(floorOf(source.path) ?? "")) return []
  return importsOf(source).flatMap(({ line, specifier }) => {
    if (!specifier.startsWith(".")) return []
    const target = posix.join(posix.dirname(source.path), specifier)
    const isFace = /\/index\.js$|^src\/(Life|Inspector)\.js$/.test(target)
    if (isFace || floorOf(target.replace(/\.js$/, ".ts")) === floorOf(source.path)) return []
    return [`${source.path}:${line}: "${specifier}" is inside another floor; import it from its index.js`]
  })
}

/** The files that each source imports, by a relative path or as the package itself. */
const targetsOf = (sources: ReadonlyArray<Source>): ReadonlyMap<string, ReadonlyArray<string>> =>
  new Map(
    sources.map((source) => [
      source.path,
      importsOf(source).flatMap(({ specifier }) => {
        if (specifier === "life-agent-os") return ["src/index.ts"]
        if (!specifier.startsWith(".")) return []
        return [posix.join(posix.dirname(source.path), specifier).replace(/\.js$/, ".ts")]
      })
    ])
  )

/** The longest way from file to file along imports, among sources without circles. */
export const longestChain = (sources: ReadonlyArray<Source>): ReadonlyArray<string> => {
  const targets = targetsOf(sources)
  const known = new Map<string, ReadonlyArray<string>>()
  const longer = (a: ReadonlyArray<string>, b: ReadonlyArray<string>) => (b.length > a.length ? b : a)
  const from = (file: string): ReadonlyArray<string> => {
    const chain = known.get(file) ?? [file, ...(targets.get(file) ?? []).map(from).reduce(longer, [])]
    known.set(file, chain)
    return targets.has(file) ? chain : []
  }
  return [...targets.keys()].map(from).reduce(longer, [])
}

/**
 * The circles of imports between sources, type imports included, each as its sorted paths. Two files that import each
 * other are one circle, and so is everything that reaches itself over others.
 */
export const circlesOf = (sources: ReadonlyArray<Source>): ReadonlyArray<ReadonlyArray<string>> => {
  const targets = targetsOf(sources)
  // Strongly connected components, after Tarjan (1972).
  const circles: Array<ReadonlyArray<string>> = []
  const found = new Map<string, { readonly index: number; low: number; open: boolean }>()
  const path: Array<string> = []
  const visit = (file: string): { readonly index: number; low: number; open: boolean } => {
    const node = { index: found.size, low: found.size, open: true }
    found.set(file, node)
    path.push(file)
    for (const target of targets.get(file) ?? []) {
      const known = found.get(target)
      if (known === undefined) node.low = Math.min(node.low, visit(target).low)
      else if (known.open) node.low = Math.min(node.low, known.index)
    }
    if (node.low === node.index) {
      const circle = path.splice(path.indexOf(file))
      for (const member of circle) Object.assign(found.get(member) ?? {}, { open: false })
      if (circle.length > 1) circles.push(circle.toSorted())
    }
    return node
  }
  for (const file of targets.keys()) if (!found.has(file)) visit(file)
  return circles
}

/** Tests of one subsystem that use others, and why. `npm run check -- FOLDER` then depends on those others too. */
export const foreignTestsAllowed: Readonly<Record<string, string>> = {
  "test/layers/aios/subsystem/types.ts": "the types of a list of subsystems are those of actors, and of the example",
  "test/layers/lago/earlierKinds.test.ts": "a journal of an earlier version stays what it was up to its replay",
  "test/layers/vigil/inspector/stately.test.ts": "what an inspector sends is what a running agent publishes",
  "test/layers/vigil/inspector/webSocket.test.ts": "a receiver, however bad, must not slow a running agent",
  "test/layers/vigil/telemetry/exporters.test.ts": "what an exporter writes are the spans of a running agent",
  "test/layers/vigil/telemetry/logger.test.ts": "lines about an agent name the trace of its run",
  "test/layers/vigil/telemetry/otlp.test.ts": "what is exported are the spans of a running agent",
  "test/machines/SessionFold.test.ts": "the state hash of a journal of an earlier version covers what memory knows",
  "test/machines/oldJournals.test.ts": "a journal of an earlier version is folded from a real journal"
}

/**
 * A file below test/layers/X or test/machines uses of src only that folder, the contract and the machines, directly and
 * through other files of test, so that a subsystem is checked without the others.
 */
export const foreignTests = (sources: ReadonlyArray<Source>): Findings => {
  const targets = targetsOf(sources)
  const floorsOf = (file: string, seen = new Set<string>()): ReadonlySet<string> => {
    seen.add(file)
    for (const target of targets.get(file) ?? []) {
      if (!target.startsWith("src/") && !seen.has(target)) floorsOf(target, seen)
      else seen.add(target)
    }
    return new Set([...seen].flatMap((path) => (path.startsWith("src/") ? (floorOf(path) ?? path) : [])))
  }
  return [...targets.keys()].flatMap((path) => {
    const own = /^test\/(layers\/\w+|machines)\//.exec(path)?.[1]
    if (own === undefined) return []
    const foreign = [...floorsOf(path)].filter((floor) => ![own, "layers/aios", "machines"].includes(floor))
    return foreign.length === 0
      ? []
      : [`${path}:1: uses ${foreign.toSorted().join(", ")}; use the fakes of test/support/ports.ts, or move it up`]
  })
}

/** The line count above which a file fails, and above which it is only listed. */
export const linesMax = 400
export const linesWarn = 300

/** The number of lines of a file. */
export const linesOf = (source: Source): number => source.text.trimEnd().split("\n").length

/** No file grows beyond what can be read at once. */
export const fileSize: Rule = (source) => {
  const lines = linesOf(source)
  return lines > linesMax
    ? [`${source.path}:1: ${lines} lines are more than ${linesMax}; split it by what it does`]
    : []
}

const escapes: ReadonlyArray<readonly [pattern: RegExp, what: string]> = [
  [/(?<![\w$.])any(?![\w$]|\s*[:(])/g, "the type any"],
  [/\bas\s+unknown\s+as\b/g, "a cast through unknown"]
]
const directives = /(@ts-ignore|@ts-expect-error|@ts-nocheck|oxlint-disable|eslint-disable|biome-ignore)\S*(.*)/g

/** Leaving the type system or the linter needs its reason in a comment on the same line or the one before. */
export const escapesHaveReasons: Rule = (source) => {
  const comments = source.spans.filter(({ kind }) => kind === "comment")
  // A doc comment describes the declaration; a reason is said to the reader of the code.
  const reasons = comments.filter(({ text }) => !text.startsWith("/**") && text.search(directives) < 0)
  const reasonLines = new Set(reasons.map(({ end }) => lineAt(source, end)))
  const excused = (line: number) => reasonLines.has(line) || reasonLines.has(line - 1)
  const casts = escapes.flatMap(([pattern, what]) =>
    [...source.code.matchAll(pattern)]
      .filter(({ index }) => !excused(lineAt(source, index)))
      .map(({ index }) => finding(source, index, `${what} without a comment that gives the reason`))
  )
  const disabled = comments.flatMap(({ start, text }) =>
    [...text.matchAll(directives)]
      .filter(([, , rest = ""]) => !/\s--\s*\S{3}/.test(rest) && !reasonLines.has(lineAt(source, start) - 1))
      .map(([, name]) => finding(source, start, `${name} without a reason: write it behind " -- "`))
  )
  return [...casts, ...disabled]
}

/** Nothing is left for later: no markers and no stand-ins in comments, no "not implemented" in messages. */
export const nothingLeftOver: Rule = (source) =>
  source.spans.flatMap(({ kind, start, text }) => {
    const found =
      kind === "comment"
        ? /^[\s/*]*(TODO|FIXME|XXX|HACK)\b|\b(stubs?|stubbed|placeholder|not (?:yet )?implemented)\b/im.exec(text)
        : /\bnot (?:yet )?implemented\b/i.exec(text)
    if (found === null) return []
    const end = start + found.index + found[0].length
    return [finding(source, end, `"${found[1] ?? found[2] ?? found[0]}": finish it or leave it out`)]
  })

/** Files that may use a form that the next major version of Effect drops, and why. */
export const unportableAllowed: Readonly<Record<string, string>> = {}

const unportable: ReadonlyArray<readonly [pattern: RegExp, instead: string]> = [
  [/\bEffect\.Service\b/g, "Context.Tag with explicit layers"],
  [/\bEffect\.Tag\b/g, "Context.Tag"],
  [/\bFiberRef\./g, "Context.Reference or a Ref"],
  [/\bEffect\.catchAll\b/g, "Effect.catchTag or Effect.catchTags"]
]

/** Only forms of Effect 3 that have a counterpart in Effect 4. */
export const portableEffect: Rule = (source) =>
  source.path in unportableAllowed
    ? []
    : unportable.flatMap(([pattern, instead]) =>
        [...source.code.matchAll(pattern)].map((match) =>
          finding(source, match.index, `${match[0]} does not carry over to Effect 4: use ${instead}`)
        )
      )

/** A module opens with a comment that says what it is for, apart from the doc of its first declaration. */
export const headComment: Rule = (source) => {
  const first = source.spans[0]
  const shebang = /^(?:#!.*\n)?\s*/.exec(source.text)?.[0].length ?? 0
  const present = first?.text.startsWith("/**") === true && first.start === shebang
  const taken = declarationsOf(source).some(({ doc }) => present && doc === first.text)
  return present && !taken ? [] : [`${source.path}:1: open the file with a comment that says what it is for`]
}

// A list is strings with nothing but commas or bars between them; a table or a chain of conditions is none.
const listsOf = (source: Source): ReadonlyArray<ReadonlySet<string>> => {
  const lists: Array<Set<string>> = []
  let end = -1
  for (const span of source.spans.filter(({ kind }) => kind === "string")) {
    if (end < 0 || /[^\s,|]/.test(source.code.slice(end, span.start))) lists.push(new Set())
    lists.at(-1)?.add(span.text.slice(1, -1))
    end = span.end
  }
  return lists
}

/** The lists of modes and of phases stand in aios and the machines only; everything else derives from them. */
export const vocabularyOnce: Rule = (source) => {
  if (/^src\/(layers\/aios|machines)\//.test(source.path)) return []
  return [["operatingModes", operatingModes] as const, ["tickPhases", tickPhases] as const]
    .filter(([, names]) => listsOf(source).some((list) => names.every((name) => list.has(name))))
    .map(([name]) => `${source.path}:1: lists every name of ${name} again; derive them from layers/aios`)
}
