/**
 * Reads TypeScript as text, well enough to check rules on it: what is code, what is a comment, what is a string, and
 * which declarations stand at the top level. It is no parser; code inside template literals counts as code.
 */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** A comment or a string literal: where it starts and ends, and its text. */
export interface Span {
  readonly kind: "comment" | "string"
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A file taken apart. `code` has the length of `text`, with comments and string contents turned into spaces. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly code: string
  readonly spans: ReadonlyArray<Span>
}

const blank = (text: string): string => text.replaceAll(/[^\n]/g, " ")

// A slash after one of these (or at the start) opens a regular expression; elsewhere it divides.
const beforeRegExp = /(?:^|[=([{,;:!&|?+\-*%<>~^]|\b(?:return|typeof|case|in|of|yield|await|void))\s*$/

const comment = /\/\/.*|\/\*[^]*?(?:\*\/|$)/y
const quoted = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/y
const regExp = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y
const templatePart = /(?:\\[^]|\$(?!\{)|[^`\\$])+/y
const plain = /[^"'`{}/]+|[^]/y

/** Takes a source text apart. */
export const scan = (path: string, text: string): Source => {
  const spans: Array<Span> = []
  let code = ""
  let at = 0
  const take = (pattern: RegExp, kind?: Span["kind"]): boolean => {
    pattern.lastIndex = at
    const piece = pattern.exec(text)?.[0]
    if (piece === undefined) return false
    if (kind !== undefined) spans.push({ kind, start: at, end: at + piece.length, text: piece })
    code += kind === undefined ? piece : blank(piece)
    at += piece.length
    return true
  }
  // Depth of braces inside each open `${`; the top of the stack tells which `}` goes back into the template.
  const open: Array<number> = []
  const template = () => {
    take(templatePart, "string")
    if (take(/\$\{/y)) open.push(0)
    else take(/`/y)
  }
  const brace = () => {
    const closing = text[at] === "}"
    take(/[{}]/y)
    const depth = open.pop()
    if (depth === undefined) return
    if (closing && depth === 0) template()
    else open.push(depth + (closing ? -1 : 1))
  }
  take(/#!.*/y)
  while (at < text.length) {
    if (take(comment, "comment") || take(quoted, "string")) continue
    if (beforeRegExp.test(code.slice(-40)) && take(regExp, "string")) continue
    if (take(/`/y)) template()
    else if (text[at] === "{" || text[at] === "}") brace()
    else take(plain)
  }
  return { path, text, code, spans }
}

/** The line number (from 1) of a position. */
export const lineAt = (source: Source, position: number): number => source.text.slice(0, position).split("\n").length

/** An import or re-export: the module it names, its line, and the statement in front of the name. */
export interface Import {
  readonly specifier: string
  readonly line: number
  readonly clause: string
}

// A method called `from`, as of Array, imports nothing.
const beforeModule = /(?:(?<!\.)\bfrom|\bimport(?:\s*\()?)\s*$/

// The greedy start makes it the last `import` or `export` before the name.
const importClause = /(?:(?:[^]*\n|^)[ \t]*|[^]*\b(?=import\s*\())((?:import|export)\b(?:\s*\(|[^;]*\bfrom)?)\s*$/

/** Every module that a file imports or re-exports from. */
export const importsOf = (source: Source): ReadonlyArray<Import> =>
  source.spans.flatMap(({ kind, start, text }) => {
    if (kind !== "string" || !beforeModule.test(source.code.slice(Math.max(0, start - 80), start))) return []
    const clause = importClause.exec(source.code.slice(0, start))?.[1]
    return clause === undefined ? [] : [{ specifier: text.slice(1, -1), line: lineAt(source, start), clause }]
  })

/** A declaration at the top level of a file and the doc comment that stands directly before it. */
export interface Declaration {
  readonly name: string
  readonly line: number
  readonly exported: boolean
  readonly doc: string | undefined
}

const declaration =
  /^(export\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|class|interface|type|function\*?|enum|namespace)\s+([\w$]+)/gm

/** The top-level declarations of a file. */
export const declarationsOf = (source: Source): ReadonlyArray<Declaration> =>
  [...source.code.matchAll(declaration)].map((match) => {
    const before = source.spans.findLast((span) => span.end <= match.index)
    const attached = before?.text.startsWith("/**") && source.text.slice(before.end, match.index).trim() === ""
    return {
      name: match[2] ?? "",
      line: lineAt(source, match.index),
      exported: match[1] !== undefined,
      doc: attached ? before?.text : undefined
    }
  })

/** Reads every TypeScript file below a folder, sorted by path; paths are relative to `root`. */
export const readTree = (root: string, folder: string): ReadonlyArray<Source> =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file).replaceAll("\\", "/"))
    .toSorted()
    .map((path) => scan(path, readFileSync(join(root, path), "utf8")))
