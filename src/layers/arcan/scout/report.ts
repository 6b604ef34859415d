/**
 * The report: Markdown that is the same bytes for the same workspace and objective.
 */
import type { EntryPoints } from "./entryPoints.js"
import { code, count, cut, integer, prose, quote, table } from "./markdown.js"
import type { Readme } from "./readme.js"
import { byText, type SizedFile, type Survey } from "./survey.js"

const objectiveCharactersMax = 1_000
const nameCharactersMax = 200
const groupsMax = 30
const largestMax = 10
const declarationsMax = 100
const headingsMax = 100
const notesMax = 100

/** The content of a report. */
export interface Findings {
  readonly objective: string
  readonly survey: Survey
  readonly entryPoints: EntryPoints
  readonly readme: Readme
  /** Sentences about the parts that the scout could not look at. */
  readonly gaps: ReadonlyArray<string>
}

/** The report as Markdown. Sections whose subject the objective mentions come first. */
export const reportOf = (findings: Findings): string => {
  const { objective } = findings
  const first = sections.filter((section) => section.words.test(objective))
  const ordered = [...first, ...sections.filter((section) => !first.includes(section))]
  return (
    [
      "# Workspace report",
      objective === "" ? "No objective was given." : `Objective:\n\n${quote(cut(objective, objectiveCharactersMax))}`,
      `In short: ${summaryOf(findings)}`,
      ...ordered.map((section) => `## ${section.title}\n\n${section.body(findings)}`),
      ...(findings.gaps.length === 0 ? [] : [`## What is missing\n\n${bullets(findings.gaps)}`])
    ].join("\n\n") + "\n"
  )
}

/** The findings in one sentence. */
export const summaryOf = ({ entryPoints, readme, survey }: Findings): string => {
  const declared = entryPoints.declared.reduce((total, { declarations }) => total + declarations.length, 0)
  const notes =
    survey.notes.length > notesMax
      ? `more than ${notesMax} TODO or FIXME notes`
      : count(survey.notes.length, "TODO or FIXME note")
  const headed = readme.path === undefined ? "no README" : `a README with ${count(readme.headings.length, "heading")}`
  return (
    `${count(survey.files.length, "file")} with ${count(sum(survey.files), "byte")}, ` +
    `${count(declared, "declared entry point")}, ${count(entryPoints.sources.length, "starting file")}, ` +
    `${headed}, ${notes}.`
  )
}

interface Section {
  readonly title: string
  /** Words of an objective that move the section to the front. */
  readonly words: RegExp
  readonly body: (findings: Findings) => string
}

const sections: ReadonlyArray<Section> = [
  {
    title: "Size by file type",
    words: /\b(types?|sizes?|languages?|extensions?)\b/i,
    body: ({ survey }) => groups(survey.files, "Type", typeOf)
  },
  {
    title: "Size by directory",
    words: /\b(director(y|ies)|folders?|layout|structure)\b/i,
    body: ({ survey }) => groups(survey.files, "Directory", directoryOf)
  },
  {
    title: "Largest files",
    words: /\b(large|larger|largest|big|bigger|biggest)\b/i,
    body: ({ survey }) => largest(survey.files)
  },
  {
    title: "Entry points",
    words: /\b(entry|entries|start(s|ing)?|run(s|ning)?|scripts?|commands?|main)\b/i,
    body: ({ entryPoints }) => starts(entryPoints)
  },
  {
    title: "README",
    words: /\b(readme|documentation|docs|headings?)\b/i,
    body: ({ readme }) => headings(readme)
  },
  {
    title: "TODO and FIXME",
    words: /\b(todos?|fixmes?)\b/i,
    body: ({ survey }) => notes(survey)
  }
]

const name = (text: string): string => code(cut(text, nameCharactersMax))
const bullets = (lines: ReadonlyArray<string>): string => lines.map((line) => `- ${line}`).join("\n")
const notShown = (shownMax: number, total: number, noun: string): string =>
  total > shownMax ? `\n\n${count(total - shownMax, `more ${noun}`)} not shown.` : ""

const sum = (files: ReadonlyArray<SizedFile>): number => files.reduce((total, file) => total + file.sizeBytes, 0)
const byWeight = (a: { key: string; bytes: number }, b: { key: string; bytes: number }): number =>
  b.bytes - a.bytes || byText(a.key, b.key)

const typeOf = (path: string): string => /[^/](\.[^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "(none)"
const directoryOf = (path: string): string => path.slice(0, path.indexOf("/") + 1) || "./"

const groups = (files: ReadonlyArray<SizedFile>, column: string, keyOf: (path: string) => string): string => {
  if (files.length === 0) return "There are no files."
  const totals = new Map<string, { readonly key: string; files: number; bytes: number }>()
  for (const file of files) {
    const key = keyOf(file.path)
    const total = totals.get(key) ?? { key, files: 0, bytes: 0 }
    totals.set(key, { key, files: total.files + 1, bytes: total.bytes + file.sizeBytes })
  }
  const all = sum(files)
  const share = (bytes: number) => (all === 0 ? "–" : `${((100 * bytes) / all).toFixed(1)} %`)
  const rows = [...totals.values()].toSorted(byWeight).slice(0, groupsMax)
  return (
    table(
      [column, "Files#", "Bytes#", "Share#"],
      [
        ...rows.map((row) => [name(row.key), integer(row.files), integer(row.bytes), share(row.bytes)]),
        ["All", integer(files.length), integer(all), share(all)]
      ]
    ) + notShown(groupsMax, totals.size, "row")
  )
}

const largest = (files: ReadonlyArray<SizedFile>): string => {
  if (files.length === 0) return "There are no files."
  const rows = files
    .map((file) => ({ key: file.path, bytes: file.sizeBytes }))
    .toSorted(byWeight)
    .slice(0, largestMax)
  return table(
    ["File", "Bytes#"],
    rows.map((row) => [name(row.key), integer(row.bytes)])
  )
}

const starts = ({ declared, sources }: EntryPoints): string => {
  const rows = declared.flatMap(({ declarations, manifest }) =>
    declarations.map(([what, target]) => [
      name(manifest),
      prose(cut(what, nameCharactersMax)),
      target === "" ? "" : name(target)
    ])
  )
  const parts = [
    ...(rows.length === 0
      ? []
      : [
          table(["Declared in", "Name", "Target"], rows.slice(0, declarationsMax)) +
            notShown(declarationsMax, rows.length, "declaration")
        ]),
    ...(sources.length === 0
      ? []
      : [
          `Files whose name says that a program starts there:\n\n${bullets(
            sources.map(({ lines, path }) => `${name(path)}, ${count(lines, "line")}`)
          )}`
        ])
  ]
  return parts.length === 0 ? "None were found." : parts.join("\n\n")
}

const headings = ({ headings: found, path }: Readme): string => {
  if (path === undefined) return "There is no README at the top level."
  if (found.length === 0) return `No headings were read from ${name(path)}.`
  const lines = found
    .slice(0, headingsMax)
    .map(({ depth, text }) => `${"  ".repeat(depth)}- ${prose(cut(text, nameCharactersMax))}`)
  return `Headings of ${name(path)}:\n\n${lines.join("\n")}${notShown(headingsMax, found.length, "heading")}`
}

const notes = ({ notes: found }: Survey): string => {
  if (found.length === 0) return "None were found."
  // The report shows the first notes in the order of the search, because a truncated search gives these in every run.
  const lines = found
    .slice(0, notesMax)
    .toSorted((a, b) => byText(a.file, b.file) || a.line - b.line)
    .map(({ file, line, text }) => `${code(`${cut(file, nameCharactersMax)}:${line}`)} ${name(text.trim())}`)
  return bullets(lines) + (found.length > notesMax ? `\n\nThere are more; the first ${notesMax} are shown.` : "")
}
