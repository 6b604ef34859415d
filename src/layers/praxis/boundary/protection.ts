/**
 * Paths inside the workspace that the model must not use.
 *
 * @since 0.1.0
 */
import { type Names, startsWith } from "./paths.js"

/**
 * Purpose for which a path is wanted.
 *
 * @since 0.1.0
 * @category models
 */
export type Use = "read" | "write"

// File systems differ in which spellings mean the same file: case, composed characters, invisible characters (HFS+),
// trailing dots and blanks (Windows). All of them count as the same here.
const fold = (name: string): string =>
  name
    .normalize("NFC")
    .toLowerCase()
    .replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g, "")
    .replace(/[. ]+$/, "")

// Nothing below a .git is writable, at any depth: hooks and config run programs, and other files lead to them
// (commondir, config.worktree, a .git file with a gitdir line).
const isGit = (name: string): boolean => name === ".git" || name === "git~1"

/**
 * Builds the check for protected paths, given as names below the root.
 *
 * @since 0.1.0
 * @category constructors
 */
export const protection = (paths: ReadonlyArray<Names>): ((names: Names, use: Use) => boolean) => {
  const folded = paths.map((names) => names.map(fold))
  return (names, use) => {
    const asked = names.map(fold)
    return folded.some((prefix) => startsWith(asked, prefix)) || (use === "write" && asked.some(isGit))
  }
}
