/**
 * The headings of the README.
 */
import { type Notebook, output, type Step } from "./notebook.js"
import { readText } from "./steps.js"
import { byText } from "./survey.js"

/** A heading; `depth` is the number of headings above it in the outline. */
export interface Heading {
  readonly depth: number
  readonly text: string
}

/** The README, if there is one, and the read it comes from. */
export interface Readme {
  readonly path: string | undefined
  readonly headings: ReadonlyArray<Heading>
  readonly gaps: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step<unknown>>
}

/** Reads the README out of the notebook; `paths` are those of the workspace. */
export const readmeOf = (notebook: Notebook, paths: ReadonlyArray<string>): Readme => {
  const path = paths.filter((candidate) => /^readme(\.\w+)?$/i.test(candidate)).toSorted(byPreference)[0]
  if (path === undefined) return { path, headings: [], gaps: [], steps: [] }
  const text = output(notebook, readText(path))
  return {
    path,
    headings: headingsOf(text?.content ?? ""),
    gaps: text?.truncated === true ? ["The README was read only in part."] : [],
    steps: [readText(path)]
  }
}

const byPreference = (a: string, b: string): number =>
  Number(!/\.md$/i.test(a)) - Number(!/\.md$/i.test(b)) || byText(a, b)

/** The headings of a Markdown text, in both notations. Lines inside code fences are no headings. */
export const headingsOf = (text: string): ReadonlyArray<Heading> => {
  const headings: Array<Heading> = []
  const above: Array<number> = []
  const add = (level: number, text: string) => {
    while ((above.at(-1) ?? 0) >= level) above.pop()
    headings.push({ depth: above.length, text })
    above.push(level)
  }
  let fence: string | undefined
  let previous = ""
  for (const line of text.split(/\r?\n/)) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (fence !== undefined) {
      if (mark?.startsWith(fence)) fence = undefined
    } else if (mark !== undefined) {
      fence = mark
    } else {
      const hashes = /^ {0,3}(#{1,6})\s+(.*?)(\s+#+)?\s*$/.exec(line)
      const underline = /^ {0,3}(=+|-{2,})\s*$/.exec(line)?.[1]
      if (hashes !== null) add(hashes[1]?.length ?? 1, hashes[2] ?? "")
      else if (underline !== undefined && /^\s{0,3}[^\s>#|-]/.test(previous)) {
        add(underline.startsWith("=") ? 1 : 2, previous.trim())
      }
    }
    previous = fence === undefined && mark === undefined ? line : ""
  }
  return headings
}
