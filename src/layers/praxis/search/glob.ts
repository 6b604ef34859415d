/**
 * Globs, matched without regular expressions: a hostile pattern costs at most pattern length times path length.
 *
 * @since 0.1.0
 */
import { type Names, split } from "../boundary/paths.js"
import { Refusal } from "../faults.js"
import { Limits, wildcard } from "../../aios/index.js"

type Token =
  | { readonly type: "star" }
  | { readonly type: "any" }
  | { readonly type: "character"; readonly character: string }
  | { readonly type: "set"; readonly negated: boolean; readonly ranges: ReadonlyArray<readonly [string, string]> }

/**
 * One name of a glob; `globstar` stands for any number of names.
 *
 * @since 0.1.0
 * @category models
 */
export type Segment = "globstar" | ReadonlyArray<Token>

const matchesCharacter = (token: Token, character: string): boolean => {
  switch (token.type) {
    case "star":
    case "any":
      return true
    case "character":
      return token.character === character
    case "set":
      return token.ranges.some(([low, high]) => low <= character && character <= high) !== token.negated
  }
}

/**
 * Returns whether one name fits one segment. A leading dot is a character like any other.
 *
 * @since 0.1.0
 * @category predicates
 */
export const matchesName = (segment: Segment, name: string): boolean =>
  segment === "globstar" || wildcard(segment, [...name], (token) => token.type === "star", matchesCharacter)

/**
 * Returns whether a path fits a glob.
 *
 * @since 0.1.0
 * @category predicates
 */
export const matchesNames = (segments: ReadonlyArray<Segment>, names: Names): boolean =>
  wildcard(segments, names, (segment) => segment === "globstar", matchesName)

/**
 * Reads a glob without braces: `*`, `?`, `[a-z]`, `[!a-z]`, `**` as a whole name, and `\` before a character that is
 * meant literally.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseSegments = (glob: string): ReadonlyArray<Segment> => {
  const segments = glob.split("/").map((text) => (text === "**" ? "globstar" : tokens(text)))
  // `a/**` is everything inside of a, not a itself.
  return segments.length > 1 && segments.at(-1) === "globstar" ? [...segments, [{ type: "star" }]] : segments
}

const tokens = (text: string): ReadonlyArray<Token> => {
  const characters = [...text]
  const found: Array<Token> = []
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? ""
    const set = character === "[" ? readSet(characters, i) : undefined
    if (set !== undefined) {
      found.push(set.token)
      i = set.end
    } else if (character === "*") {
      if (found.at(-1)?.type !== "star") found.push({ type: "star" })
    } else if (character === "?") {
      found.push({ type: "any" })
    } else {
      const literal = character === "\\" ? characters[++i] : character
      found.push({ type: "character", character: literal ?? "\\" })
    }
  }
  return found
}

// Gives `undefined` for a bracket that is never closed: it then means itself.
const readSet = (
  characters: ReadonlyArray<string>,
  start: number
): { readonly token: Token; readonly end: number } | undefined => {
  const negated = characters[start + 1] === "!" || characters[start + 1] === "^"
  const first = start + (negated ? 2 : 1)
  const ranges: Array<readonly [string, string]> = []
  for (let i = first; i < characters.length; i++) {
    if (characters[i] === "]" && i > first) return { token: { type: "set", negated, ranges }, end: i }
    if (characters[i] === "\\") i++
    const low = characters[i]
    const isRange = characters[i + 1] === "-" && characters[i + 2] !== undefined && characters[i + 2] !== "]"
    const high = isRange ? characters[i + 2] : low
    if (low === undefined || high === undefined) return undefined
    ranges.push([low, high])
    if (isRange) i += 2
  }
  return undefined
}

/**
 * Reads a glob with braces (`*.{ts,tsx}`) and gives its test. Throws a {@link Refusal} for a glob that steps upward, is
 * absolute, or stands for too many globs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parseGlob = (glob: string): ((names: Names) => boolean) => {
  const alternatives = expandBraces(glob)
  for (const text of alternatives) {
    if (text.startsWith("/")) {
      throw new Refusal(
        "InvalidInput",
        `the glob "${glob}" starts with "/"; globs are relative to "path", for example "src/**/*.ts"`
      )
    }
    if (text.split("/").includes("..")) {
      throw new Refusal("PolicyViolation", `the glob "${glob}" steps upward with ".."; write it relative to "path"`)
    }
  }
  const parsed = alternatives.map((text) => parseSegments(split(text, "/").join("/")))
  return (names) => parsed.some((segments) => matchesNames(segments, names))
}

const expandBraces = (glob: string): ReadonlyArray<string> => {
  const done: Array<string> = []
  const open = [glob]
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const group = firstGroup(text)
    if (group === undefined) {
      done.push(text)
    } else {
      const { alternatives, end, start } = group
      for (const alternative of alternatives) open.push(text.slice(0, start) + alternative + text.slice(end + 1))
    }
    if (done.length + open.length > Limits.globAlternativesMax) {
      throw new Refusal(
        "InvalidInput",
        `the braces of "${glob}" stand for more than ${Limits.globAlternativesMax} globs; use fewer`
      )
    }
  }
  return done
}

// Finds the first `{…}` that is closed and has a comma at its own level; any other brace means itself.
const firstGroup = (text: string) => {
  for (let start = 0; start < text.length; start++) {
    if (text[start] === "\\") start++
    else if (text[start] === "{") {
      const group = readGroup(text, start)
      if (group !== undefined) return group
    }
  }
  return undefined
}

const readGroup = (text: string, start: number) => {
  const alternatives: Array<string> = []
  let depth = 0
  let from = start + 1
  for (let i = start; i < text.length; i++) {
    const character = text[i]
    if (character === "\\") i++
    else if (character === "{") depth++
    else if (character === "," && depth === 1) {
      alternatives.push(text.slice(from, i))
      from = i + 1
    } else if (character === "}" && --depth === 0) {
      return alternatives.length === 0
        ? undefined
        : { start, end: i, alternatives: [...alternatives, text.slice(from, i)] }
    }
  }
  return undefined
}
