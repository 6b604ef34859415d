/** Follows the exports of an entry file to the declarations behind them. */
import { posix } from "node:path"
import { declarationsOf, type Source } from "./source.js"

const reExport = /^export\s+(?:type\s+)?(?:\*(?:\s+as\s+[\w$]+)?|\{([^}]*)\})(\s*from\b)?/gm

interface Statement {
  /** From the name outside to the name in the target, or `undefined` for `export *`. */
  readonly names: ReadonlyMap<string, string> | undefined
  /** The file the names come from. */
  readonly target: string
}

const namesOf = (braces: string): ReadonlyMap<string, string> =>
  new Map(
    braces.split(",").flatMap((part) => {
      const [inner = "", outer = inner] = part
        .replace(/\btype\s+/, "")
        .trim()
        .split(/\s+as\s+/)
      return inner === "" ? [] : [[outer, inner] as const]
    })
  )

const statementsOf = (source: Source): ReadonlyArray<Statement> =>
  [...source.code.matchAll(reExport)].flatMap((match) => {
    const names = match[1] === undefined ? undefined : namesOf(match[1])
    if (match[2] === undefined) return [{ names, target: source.path }]
    const specifier = source.spans.find((span) => span.start >= match.index + match[0].length)?.text.slice(1, -1) ?? ""
    // The exports of another package are documented there.
    if (!specifier.startsWith(".")) return []
    return [{ names, target: posix.join(posix.dirname(source.path), specifier).replace(/\.js$/, ".ts") }]
  })

type Wanted = ReadonlySet<string> | undefined

const innerNames = ({ names }: Statement, wanted: Wanted): Wanted =>
  names === undefined
    ? wanted
    : new Set([...names].filter(([outer]) => wanted?.has(outer) ?? true).map(([, inner]) => inner))

/** Every export reachable from `entry` whose declaration lacks a doc comment with `@since` and `@category`. */
export const undocumented = (sources: ReadonlyMap<string, Source>, entry: string): ReadonlyArray<string> => {
  const findings = new Set<string>()
  const check = (source: Source, declared: (name: string, exported: boolean) => boolean) => {
    for (const { name, line, exported, doc = "" } of declarationsOf(source)) {
      if (!declared(name, exported) || (/@since \d/.test(doc) && /@category \w/.test(doc))) continue
      findings.add(`${source.path}:${line}: ${name} is public: give it a doc comment with @since and @category`)
    }
  }
  const visited = new Set<string>()
  const visit = (path: string, wanted: Wanted): void => {
    const key = [path, ...(wanted ?? ["*"])].join(" ")
    if (visited.has(key)) return
    visited.add(key)
    const source = sources.get(path)
    if (source === undefined) {
      findings.add(`${path}:1: is exported from but does not exist`)
      return
    }
    check(source, (name, exported) => exported && (wanted?.has(name) ?? true))
    for (const statement of statementsOf(source)) {
      const inner = innerNames(statement, wanted)
      if (statement.target === path) check(source, (name) => inner?.has(name) ?? false)
      else visit(statement.target, inner)
    }
  }
  visit(entry, undefined)
  return [...findings]
}
