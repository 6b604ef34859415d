/**
 * Paths from the model as names below the workspace.
 *
 * @since 0.1.0
 */
import { isAbsolute, sep } from "node:path"
import { Refusal } from "../faults.js"
import { Limits } from "../../aios/index.js"

/**
 * The components of a path below the workspace root; the root itself has none.
 *
 * @since 0.1.0
 * @category models
 */
export type Names = ReadonlyArray<string>

/**
 * Writes names as the model sees them: `src/index.ts`, or `.` for the root.
 *
 * @since 0.1.0
 * @category getters
 */
export const show = (names: Names): string => names.join("/") || "."

/**
 * Returns whether `names` is `prefix` or lies below it.
 *
 * @since 0.1.0
 * @category predicates
 */
export const startsWith = (names: Names, prefix: Names): boolean =>
  prefix.length <= names.length && prefix.every((name, index) => names[index] === name)

/**
 * Splits a path of this system, leaving out empty names and `.`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const split = (path: string, separator: string | RegExp = sep): Names =>
  path.split(separator).filter((name) => name !== "" && name !== ".")

/**
 * Gives the names below a root for an absolute path that lies inside one of the `roots`, else `undefined`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const below = (path: string, roots: ReadonlyArray<Names>): Names | undefined => {
  const names = split(path, /[/\\]/)
  const root = roots.find((root) => startsWith(names, root))
  return root === undefined ? undefined : names.slice(root.length)
}

/**
 * A path as the model asked for it.
 *
 * @since 0.1.0
 * @category models
 */
export interface AskedPath {
  readonly names: Names
  /** True when the path ended in a slash, so that it can only mean a directory. */
  readonly endsInSlash: boolean
}

/**
 * Reads a path from the model, `/` or `\` between the names. Throws a {@link Refusal} for a path that could mean
 * anything outside of the workspace.
 *
 * @since 0.1.0
 * @category constructors
 */
export const parsePath = (path: string, roots: ReadonlyArray<Names>): AskedPath => {
  if (path.includes("\0")) throw new Refusal("InvalidInput", "the path holds a NUL character; leave it out")
  if (/\p{Surrogate}/u.test(path)) throw new Refusal("InvalidInput", "the path holds half a character; write it anew")
  if (Buffer.byteLength(path) > Limits.pathBytesMax) {
    throw new Refusal("InvalidInput", `the path is longer than ${Limits.pathBytesMax} bytes; use a shorter one`)
  }
  if (path.split(/[/\\]/).includes("..")) {
    throw new Refusal("PolicyViolation", `"${path}" steps upward with ".."; write the path from the workspace root`)
  }
  const names = isAbsolute(path) ? below(path, roots) : split(path, /[/\\]/)
  if (names !== undefined) return { names, endsInSlash: /[/\\]\.?$/.test(path) }
  throw new Refusal(
    "PolicyViolation",
    `"${path}" is outside the workspace; paths are relative to the workspace root, for example "src/index.ts"`
  )
}
