/**
 * The files of a workspace, their sizes, and the notes in them.
 */
import { code, count } from "./markdown.js"
import { type Notebook, output, type Step } from "./notebook.js"
import { findFiles, findNotes, type Line, listDirectory } from "./steps.js"

const topLevel = "."
const directoriesMax = 16
const depthMax = 16
const ignoredNames: ReadonlySet<string> = new Set([".git", "node_modules"])

/** A file with a known size. */
export interface SizedFile {
  readonly path: string
  readonly sizeBytes: number
}

/** Results of the listings and searches. */
export interface Survey {
  /** Files with a known size, sorted by path. */
  readonly files: ReadonlyArray<SizedFile>
  /** True if an earlier report lies where the new one goes. */
  readonly hasReport: boolean
  /** Sorted paths of all files, with and without a known size. */
  readonly paths: ReadonlyArray<string>
  readonly notes: ReadonlyArray<Line>
  /** Sentences about the files that the figures leave out. */
  readonly gaps: ReadonlyArray<string>
  /** The calls that the survey is made from, including those still to be made. */
  readonly steps: ReadonlyArray<Step<unknown>>
}

/** Orders strings by their UTF-16 units: the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Reads the survey out of the notebook, as far as results are there. */
export const surveyOf = (notebook: Notebook, reportPath: string): Survey => {
  const found = foundIn(notebook, reportPath)
  const top = listedIn(notebook, reportPath, topLevel)
  const directories = top.entries
    .filter((entry) => entry.kind === "dir" && !isIgnored(entry.path))
    .map((entry) => entry.path)
    .filter((path) => found.truncated || found.paths.some((file) => file.startsWith(`${path}/`)))
    .toSorted(byText)
  const lists = [top, ...directories.slice(0, directoriesMax).map((path) => listedIn(notebook, reportPath, path))]
  const entries = lists.flatMap((list) => list.entries)
  // Only a complete list of files tells which of the listed entries the workspace ignores.
  const kept = new Set(found.paths)
  const files = entries.filter(
    (entry) => entry.kind === "file" && !isIgnored(entry.path) && (found.truncated || kept.has(entry.path))
  )
  const known = new Set(entries.map((entry) => entry.path))
  const unsized = found.paths.filter((path) => !known.has(path))
  return {
    files: files.toSorted((a, b) => byText(a.path, b.path)),
    paths: [...new Set([...files.map((file) => file.path), ...unsized])].toSorted(byText),
    hasReport: found.hasReport || lists.some((list) => list.hasReport),
    notes: notesIn(notebook, reportPath),
    gaps: [
      ...lists.filter((list) => list.truncated).map((list) => `The list of ${code(list.directory)} is not whole.`),
      ...(found.truncated ? ["The list of all files is not whole, so ignored files are counted too."] : []),
      ...(directories.length > directoriesMax
        ? [`Only ${directoriesMax} of ${directories.length} directories were looked into.`]
        : []),
      ...(unsized.length > 0 ? [`${count(unsized.length, "file")} could be found but not measured.`] : [])
    ],
    steps: [listStep(topLevel), findFiles, findNotes, ...lists.slice(1).map((list) => listStep(list.directory))]
  }
}

const listStep = (directory: string) => listDirectory(directory, directory === topLevel ? 1 : depthMax)

const listedIn = (notebook: Notebook, reportPath: string, directory: string) => {
  const listing = output(notebook, listStep(directory)) ?? { entries: [], truncated: false }
  const entries = listing.entries.map((entry) => ({
    ...entry,
    path: directory === topLevel ? normalize(entry.name) : `${directory}/${normalize(entry.name)}`
  }))
  return {
    directory,
    entries: withoutReport(entries, listing.truncated, (entry) => entry.path === reportPath),
    hasReport: entries.some((entry) => entry.path === reportPath),
    truncated: listing.truncated
  }
}

const foundIn = (notebook: Notebook, reportPath: string) => {
  const { matches, truncated } = output(notebook, findFiles) ?? { matches: [], truncated: true }
  const all = matches.map(normalize)
  const paths = withoutReport(all, truncated, (path) => path === reportPath)
  return { paths: paths.filter((path) => !isIgnored(path)), hasReport: all.includes(reportPath), truncated }
}

const notesIn = (notebook: Notebook, reportPath: string): ReadonlyArray<Line> =>
  (output(notebook, findNotes)?.matches ?? [])
    .map((line) => ({ ...line, file: normalize(line.file) }))
    .filter((line) => line.file !== reportPath && !isIgnored(line.file))

// If an earlier report is in a truncated list, the list has one entry less for other files. Dropping the last entry
// when no report is in the list makes both lists equal, so that a second run writes the same bytes.
const withoutReport = <A>(list: ReadonlyArray<A>, truncated: boolean, isReport: (item: A) => boolean) => {
  const rest = list.filter((item) => !isReport(item))
  return truncated && rest.length === list.length ? rest.slice(0, -1) : rest
}

const normalize = (path: string): string => path.replace(/^(\.\/+)+/, "")

const isIgnored = (path: string): boolean => path.split("/").some((name) => ignoredNames.has(name))
