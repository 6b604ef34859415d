/**
 * Entry points of the programs in a workspace: declarations in manifests, and files with the name of an entry point.
 */
import { code } from "./markdown.js"
import { type Declaration, readers } from "./manifests.js"
import { type Notebook, output, type Step } from "./notebook.js"
import { readText } from "./steps.js"
import { byText } from "./survey.js"

const manifestsMax = 8
const manifestDepthMax = 2
const sourcesMax = 8

const sourceName =
  /^(index|main|cli|app|server|lib|mod|manage|__main__)\.([cm]?[jt]sx?|py|rs|go|rb|java|kt|cs|php|c|cpp|sh)$/
const sourcePlace = /^((src|app|lib|bin|cmd\/[^/]+)\/)?[^/]+$/

/** The entry points that were found, and the reads they come from. */
export interface EntryPoints {
  readonly declared: ReadonlyArray<{ readonly manifest: string; readonly declarations: ReadonlyArray<Declaration> }>
  /** Source files that usually start a program. */
  readonly sources: ReadonlyArray<{ readonly path: string; readonly lines: number }>
  readonly gaps: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step<unknown>>
}

/** Reads the entry points out of the notebook; `paths` are those of the workspace. */
export const entryPointsOf = (notebook: Notebook, paths: ReadonlyArray<string>): EntryPoints => {
  const manifests = nearest(paths.filter((path) => readers.has(nameOf(path)) && depthOf(path) <= manifestDepthMax))
  const sources = nearest(paths.filter((path) => sourceName.test(nameOf(path)) && sourcePlace.test(path)))
  const chosen = { manifests: manifests.slice(0, manifestsMax), sources: sources.slice(0, sourcesMax) }
  const read = chosen.manifests.flatMap((manifest) => {
    const text = output(notebook, readText(manifest))
    return text === undefined ? [] : [{ manifest, declarations: readers.get(nameOf(manifest))?.(text.content) }]
  })
  return {
    declared: read.flatMap(({ manifest, declarations = [] }) =>
      declarations.length === 0 ? [] : [{ manifest, declarations }]
    ),
    sources: chosen.sources.flatMap((path) => {
      const text = output(notebook, readText(path))
      return text === undefined ? [] : [{ path, lines: text.totalLines }]
    }),
    gaps: [
      ...read
        .filter(({ declarations }) => declarations === undefined)
        .map(({ manifest }) => `${code(manifest)} is malformed and says nothing about entry points.`),
      ...(manifests.length > manifestsMax
        ? [`Only the ${manifestsMax} topmost of ${manifests.length} manifests were read.`]
        : []),
      ...(sources.length > sourcesMax
        ? [`Only ${sourcesMax} of ${sources.length} files with the name of a starting point were read.`]
        : [])
    ],
    steps: [...chosen.manifests, ...chosen.sources].map(readText)
  }
}

// Files near the top come first, because a deep file is more likely to be an example or a test.
const nearest = (paths: ReadonlyArray<string>): ReadonlyArray<string> =>
  paths.toSorted((a, b) => depthOf(a) - depthOf(b) || byText(a, b))

const nameOf = (path: string): string => path.slice(path.lastIndexOf("/") + 1)
const depthOf = (path: string): number => path.split("/").length - 1
