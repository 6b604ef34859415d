/**
 * Rules of `.gitignore` files, which leave entries out of a search (https://git-scm.com/docs/gitignore).
 *
 * The files belong to the workspace, so a model can write them. Their rules are matched with {@link matchesNames}
 * rather than with a library that turns them into backtracking regular expressions.
 *
 * @since 0.1.0
 */
import type { Names } from "../boundary/paths.js"
import { matchesName, matchesNames, parseSegments, type Segment } from "./glob.js"
import { Limits } from "../../aios/index.js"

/**
 * One line of a `.gitignore`.
 *
 * @since 0.1.0
 * @category models
 */
export interface IgnoreRule {
  /** Number of names in the path of the directory that holds the file. */
  readonly depth: number
  readonly negated: boolean
  readonly directoriesOnly: boolean
  readonly segments: ReadonlyArray<Segment>
  /** True for a rule without a slash at its start or in its middle: it is about names, at any depth. */
  readonly isAboutNames: boolean
}

// Blanks at the end do not count unless a backslash stands before them.
const trimEnd = (text: string): string => {
  let end = text.length
  while (text[end - 1] === " " && text[end - 2] !== "\\") end -= 1
  return text.slice(0, end)
}

const parseLine = (line: string, depth: number): ReadonlyArray<IgnoreRule> => {
  const text = trimEnd(line.endsWith("\r") ? line.slice(0, -1) : line)
  if (text === "" || text.startsWith("#")) return []
  const negated = text.startsWith("!")
  const glob = negated ? text.slice(1) : text
  const directoriesOnly = glob.endsWith("/")
  const body = directoriesOnly ? glob.slice(0, -1) : glob
  const segments = parseSegments(body.startsWith("/") ? body.slice(1) : body)
  return [{ depth, negated, directoriesOnly, segments, isAboutNames: !body.includes("/") }]
}

/**
 * Gives the rules of a directory: the rules of the directories above, then the rules of its own `.gitignore`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const addRules = (above: ReadonlyArray<IgnoreRule>, text: string, depth: number): ReadonlyArray<IgnoreRule> =>
  [...above, ...text.split("\n").flatMap((line) => parseLine(line, depth))].slice(-Limits.ignoreRulesMax)

/**
 * Returns whether the rules leave an entry out; the last rule that fits decides.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isIgnored = (rules: ReadonlyArray<IgnoreRule>, names: Names, isDirectory: boolean): boolean => {
  const rule = rules.findLast((rule) => (isDirectory || !rule.directoriesOnly) && fits(rule, names))
  return rule !== undefined && !rule.negated
}

const fits = ({ depth, isAboutNames, segments }: IgnoreRule, names: Names): boolean => {
  const [first] = segments
  return isAboutNames && first !== undefined
    ? matchesName(first, names.at(-1) ?? "")
    : matchesNames(segments, names.slice(depth))
}
