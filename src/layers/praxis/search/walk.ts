/**
 * Walk of a tree in a fixed order and within limits, without following symlinks.
 *
 * @since 0.1.0
 */
import { constants, type Dirent, fstatSync, lstatSync, opendirSync, readSync, closeSync } from "node:fs"
import { Limits } from "../../aios/index.js"
import type { Directory } from "../boundary/Directory.js"
import type { Names } from "../boundary/paths.js"
import { isDataDirectoryByContent } from "../boundary/protection.js"
import { isTemporary } from "../boundary/writeFile.js"
import { errorCode } from "../faults.js"
import type { Workspace } from "../Workspace.js"
import { addRules, type IgnoreRule, isIgnored } from "./ignoreRules.js"

/**
 * @since 0.1.0
 * @category models
 */
export type EntryKind = "file" | "dir" | "symlink" | "other"

/**
 * Something found on a walk. `sizeBytes` is 0 for all but files.
 *
 * @since 0.1.0
 * @category models
 */
export interface Entry {
  readonly names: Names
  readonly kind: EntryKind
  readonly sizeBytes: number
}

/**
 * Options of a walk.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalkOptions {
  /** Number of levels; 1 for the entries of the directory alone. */
  readonly depthMax: number
  /**
   * Leaves out `.git`, `node_modules` and the entries that `.gitignore` files name. Otherwise `.git` and `node_modules`
   * are shown but not entered.
   */
  readonly isSearch: boolean
}

/**
 * Counts of the entries that a walk looked at and of the directories that it could not read.
 *
 * @since 0.1.0
 * @category models
 */
export interface WalkTally {
  /** Entries looked at so far, with the entries that were left out. */
  seen: number
  /** True when the walk reached the limit of entries. */
  truncated: boolean
  /** Directories that could not be read. */
  unreadable: number
}

interface Pending extends Entry {
  readonly rules: ReadonlyArray<IgnoreRule>
}

const neverEntered = new Set([".git", "node_modules"])

/**
 * Walks below a directory given by real names. Entries come in the order of their paths, a directory counting as its
 * name with a slash behind it; `undefined` marks a point where other fibers may run.
 *
 * @since 0.1.0
 * @category constructors
 */
export function* walk(
  workspace: Workspace,
  start: Names,
  options: WalkOptions,
  tally: WalkTally
): Generator<Entry | undefined, void, void> {
  const rules = options.isSearch ? rulesAbove(workspace, start) : []
  const pending = list(workspace, { names: start, kind: "dir", sizeBytes: 0, rules }, options, tally)
  let effort = 0
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    yield entry
    if (canEnter(entry, start, options)) {
      const seenBefore = tally.seen
      for (const child of tryList(workspace, entry, options, tally)) pending.push(child)
      // Opening a directory walks down to it from the root.
      effort += entry.names.length + tally.seen - seenBefore
    }
    if (++effort < Limits.chunkEntriesMax) continue
    yield undefined
    effort = 0
  }
}

const canEnter = ({ kind, names }: Entry, start: Names, options: WalkOptions): boolean =>
  kind === "dir" && names.length - start.length < options.depthMax && !neverEntered.has(names.at(-1) ?? "")

// A directory that vanished or may not be read does not end the walk.
const tryList = (...args: Parameters<typeof list>): Array<Pending> => {
  try {
    return list(...args)
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
    args[3].unreadable += 1
    return []
  }
}

// Lists the entries of one directory, last one first.
const list = (workspace: Workspace, parent: Pending, options: WalkOptions, tally: WalkTally): Array<Pending> => {
  const directory = workspace.openDirectory(parent.names)
  try {
    if (isDataDirectoryByContent(directory)) return []
    const rules = options.isSearch ? ownRules(directory, parent.rules, parent.names.length) : parent.rules
    const found: Array<Pending> = []
    for (const dirent of readEntries(directory, tally)) {
      const names = [...parent.names, dirent.name]
      const kind = kindOf(dirent)
      if (workspace.hides(names) || isTemporary(dirent.name)) continue
      if (options.isSearch && (neverEntered.has(dirent.name) || isIgnored(rules, names, kind === "dir"))) continue
      found.push({
        names,
        kind,
        sizeBytes: options.isSearch || kind !== "file" ? 0 : sizeOf(directory, dirent.name),
        rules
      })
    }
    return found.toSorted((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1))
  } finally {
    directory.close()
  }
}

const sortKey = ({ kind, names }: Entry): string => (kind === "dir" ? `${names.at(-1)}/` : (names.at(-1) ?? ""))

function* readEntries(directory: Directory, tally: WalkTally): Generator<Dirent, void, void> {
  const listing = opendirSync(directory.self, { bufferSize: Limits.chunkEntriesMax })
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      if (tally.seen === Limits.walkEntriesMax) {
        tally.truncated = true
        return
      }
      tally.seen += 1
      yield entry
    }
  } finally {
    listing.closeSync()
  }
}

const kindOf = (entry: Dirent): EntryKind =>
  entry.isFile() ? "file" : entry.isDirectory() ? "dir" : entry.isSymbolicLink() ? "symlink" : "other"

// 0 for a file that vanished since it was listed.
const sizeOf = (directory: Directory, name: string): number =>
  lstatSync(directory.at(name), { throwIfNoEntry: false })?.size ?? 0

const rulesAbove = (workspace: Workspace, names: Names): ReadonlyArray<IgnoreRule> => {
  let rules: ReadonlyArray<IgnoreRule> = []
  for (let depth = 0; depth < names.length; depth++) {
    const directory = workspace.openDirectory(names.slice(0, depth))
    try {
      rules = ownRules(directory, rules, depth)
    } finally {
      directory.close()
    }
  }
  return rules
}

const ownRules = (directory: Directory, above: ReadonlyArray<IgnoreRule>, depth: number): ReadonlyArray<IgnoreRule> => {
  let fd: number
  try {
    // Checked with lstat first, because most directories have no such file and a failed open costs more.
    if (lstatSync(directory.at(".gitignore"), { throwIfNoEntry: false })?.isFile() !== true) return above
    fd = directory.open(".gitignore", constants.O_RDONLY)
  } catch (cause) {
    // A file that cannot be read leaves nothing out.
    if (errorCode(cause) === undefined) throw cause
    return above
  }
  try {
    if (!fstatSync(fd).isFile()) return above
    const bytes = Buffer.alloc(Limits.ignoreFileBytesMax)
    return addRules(above, bytes.toString("utf8", 0, readSync(fd, bytes)), depth)
  } finally {
    closeSync(fd)
  }
}
