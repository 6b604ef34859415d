/**
 * A call that waits for an approval, as a person must see it: every argument whole, and the change that a new content
 * makes to a file.
 *
 * @since 0.1.0
 */
import { structuredPatch } from "diff"
import { type Json, maskJson, maskSecrets } from "../../layers/aios/index.js"
import { dim, green, line, type Line, red } from "./line.js"

/** A call as it is shown. */
export interface ShownCall {
  readonly input: Json
  /** The text that `content` of the input replaces; absent if the call replaces no text. */
  readonly replaced?: string | undefined
  readonly showsSecrets: boolean
}

// A longer line is shown as several, so that a page of lines has a bound in characters as well.
const lineCharactersMax = 1_000
// Texts with more changes than this are shown as they will be, because the search for the changes would take seconds.
const changesMax = 1_000

/** All lines of a call. */
export const callLines = ({ input, replaced, showsSecrets }: ShownCall): ReadonlyArray<Line> => {
  const shown = showsSecrets ? input : maskJson(input)
  // A command may stand where a secret would, so the person must know that not everything is shown.
  const hidden = JSON.stringify(shown) === JSON.stringify(input) ? [] : [hiddenLine]
  if (!isObject(shown)) return [...valueLines("arguments", shown), ...hidden]
  const lines = Object.entries(shown).flatMap(([name, value]) => {
    const before = name === "content" && replaced !== undefined && !showsSecrets ? maskSecrets(replaced) : replaced
    const change = name === "content" && before !== undefined && typeof value === "string" && changeLines(before, value)
    return change || valueLines(name, value)
  })
  return [...lines, ...hidden]
}

const hiddenLine = line`  ${red("Parts of this call look like secrets and are masked; --show-secrets shows them.")}`

const isObject = (value: Json): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const valueLines = (name: string, value: Json): ReadonlyArray<Line> => {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2)
  return text.includes("\n") || text.length > lineCharactersMax
    ? [line`  ${name}:`, ...linesOf(text).flatMap((each) => pieces(each).map((piece) => line`    ${piece}`))]
    : [line`  ${name}: ${text}`]
}

// The last line break ends a line; it does not begin another one.
const linesOf = (text: string): ReadonlyArray<string> => text.replace(/\n$/, "").split("\n")

const pieces = (text: string): ReadonlyArray<string> =>
  text.match(new RegExp(`.{1,${lineCharactersMax}}`, "gsu")) ?? [""]

const changeLines = (before: string, after: string): ReadonlyArray<Line> | undefined => {
  const patch = structuredPatch("", "", before, after, "", "", { context: 3, maxEditLength: changesMax })
  if (patch === undefined) return undefined
  if (patch.hunks.length === 0) return ["  content: as it is now"]
  return [
    "  content, changed from what is there now:",
    ...patch.hunks.flatMap(({ lines, newLines, newStart, oldLines, oldStart }) => [
      line`    ${dim(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`)}`,
      ...lines.flatMap((text) => pieces(text).map((piece) => line`    ${painted(text, piece)}`))
    ])
  ]
}

const painted = (text: string, piece: string): Line =>
  text.startsWith("+") ? green(piece) : text.startsWith("-") ? red(piece) : piece
