/**
 * Paths inside the workspace that the model must not use.
 *
 * @since 0.1.0
 */
import { lstatSync } from "node:fs"
import type { Directory } from "./Directory.js"
import { type Names, startsWith } from "./paths.js"

/**
 * Purpose for which a path is wanted.
 *
 * @since 0.1.0
 * @category models
 */
export type Use = "read" | "write"

/**
 * Gives the one spelling of all names that may mean the same file. File systems differ in case (`ß` and `SS` may be one),
 * composed and compatible characters, characters that they leave out, trailing dots and blanks, and streams behind a
 * colon (Windows).
 *
 * @since 0.1.0
 * @category encoding
 */
export const fold = (name: string): string =>
  name
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .toUpperCase()
    .toLowerCase()
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")

// Nothing below a .git is writable, at any depth: hooks and config run programs, and other files lead to them
// (commondir, config.worktree, a .git file with a gitdir line).
const isGit = (name: string): boolean => name === ".git" || name === "git~1"

const isDataDirectory = (name: string): boolean => name === ".life" || name === "life~1"

const dataFiles = ["journal.sqlite", "identity.key", "lock.sqlite", "journal.anchor"]
const isDataFile = (name: string): boolean =>
  dataFiles.some((file) => name === file || (name.startsWith(file) && /^[.-]/.test(name.slice(file.length))))

/**
 * Builds the check for protected paths, given as names below the root. Data directories of Life and the files in them
 * are protected at any depth.
 *
 * @since 0.1.0
 * @category constructors
 */
export const protection = (paths: ReadonlyArray<Names>): ((names: Names, use: Use) => boolean) => {
  const folded = paths.map((names) => names.map(fold))
  return (names, use) => {
    const asked = names.map(fold)
    return (
      folded.some((prefix) => startsWith(asked, prefix)) ||
      asked.some((name) => isDataDirectory(name) || isDataFile(name)) ||
      (use === "write" && asked.some(isGit))
    )
  }
}

/**
 * Tells by its files whether a directory is a data directory of Life, under any name.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isDataDirectoryByContent = (directory: Directory): boolean => {
  const has = (name: string): boolean => lstatSync(directory.at(name), { throwIfNoEntry: false })?.isFile() === true
  // Either file alone may belong to another program.
  return has("journal.sqlite") && (has("identity.key") || has("lock.sqlite"))
}
