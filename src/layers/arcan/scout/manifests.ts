/**
 * Readers of the entry points that manifests declare. A format without a parser here is read line by line.
 */
import { Either, Schema } from "effect"
import { Json } from "../../aios/index.js"

/** A name such as `script test`, and its target. */
export type Declaration = readonly [name: string, target: string]

/** Reads the text of a manifest; `undefined` when it is malformed. */
type Reader = (text: string) => ReadonlyArray<Declaration> | undefined

const decodeJson = Schema.decodeUnknownEither(Schema.parseJson(Json))
const isRecord = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

// `exports` nests conditions and subpaths; the keys on the way to a file make its name.
const leaves = (name: string, value: Json | undefined): ReadonlyArray<Declaration> => {
  if (typeof value === "string") return [[name, value]]
  return isRecord(value) ? Object.entries(value).flatMap(([key, inner]) => leaves(`${name} ${key}`, inner)) : []
}

const packageJson: Reader = (text) => {
  const json = Either.getOrUndefined(decodeJson(text))
  if (!isRecord(json)) return undefined
  return [
    ...["main", "module", "bin", "exports"].flatMap((field) => leaves(field, json[field])),
    ...leaves("script", json["scripts"])
  ]
}

/** The `key = value` lines of a TOML file, each with its table; strings only, because the readers need no others. */
const tomlStrings = (text: string): ReadonlyArray<{ table: string; key: string; value: string }> => {
  let table = ""
  return text.split(/\r?\n/).flatMap((line) => {
    const header = /^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(#.*)?$/.exec(line)
    if (header !== null) table = header[1] ?? ""
    const pair = /^\s*["']?([\w.-]+)["']?\s*=\s*(["'])(.*?)\2/.exec(line)
    return pair === null ? [] : [{ table, key: pair[1] ?? "", value: pair[3] ?? "" }]
  })
}

const cargoToml: Reader = (text) =>
  tomlStrings(text)
    .filter(
      ({ table, key }) =>
        (table === "package" && key === "name") ||
        ((table === "bin" || table === "lib") && (key === "name" || key === "path"))
    )
    .map(({ table, key, value }) => [`${table} ${key}`, value])

const scriptTables: ReadonlySet<string> = new Set(["project.scripts", "project.gui-scripts", "tool.poetry.scripts"])

const pyprojectToml: Reader = (text) =>
  tomlStrings(text)
    .filter(({ table, key }) => scriptTables.has(table) || (table === "project" && key === "name"))
    .map(({ table, key, value }) => (table === "project" ? ["project name", value] : [`script ${key}`, value]))

/** A reader of all lines that match the pattern: the first group is the name, the second the target. */
const lines =
  (pattern: RegExp): Reader =>
  (text) =>
    text.split(/\r?\n/).flatMap((line) => {
      const match = pattern.exec(line)
      return match === null ? [] : [[match[1] ?? "", (match[2] ?? "").trim()]]
    })

const makefile: Reader = (text) =>
  lines(/^([A-Za-z0-9][\w./-]*)\s*:(?![=:])\s*(.*)$/)(text)?.map(([name, needs]) => [`target ${name}`, needs])

/** Readers by file name. */
export const readers: ReadonlyMap<string, Reader> = new Map([
  ["package.json", packageJson],
  ["Cargo.toml", cargoToml],
  ["pyproject.toml", pyprojectToml],
  ["go.mod", lines(/^(module)\s+(\S+)/)],
  ["Makefile", makefile],
  ["Dockerfile", lines(/^(ENTRYPOINT|CMD)\s+(.+)$/i)],
  ["Procfile", lines(/^([\w-]+):\s*(.+)$/)]
])
