/**
 * Writing of a whole file at once: at every instant the file holds either the old content or the new.
 *
 * @since 0.1.0
 */
import { createHash } from "node:crypto"
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  opendirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync
} from "node:fs"
import type { Work } from "../cooperate.js"
import { Refusal } from "../faults.js"
import type { Workspace } from "../Workspace.js"
import type { Directory } from "./Directory.js"
import { type Names, show } from "./paths.js"
import { requireFile } from "./readFile.js"
import { Limits } from "../../aios/index.js"

/**
 * Gives the SHA-256 in lowercase hex.
 *
 * @since 0.1.0
 * @category encoding
 */
export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

/**
 * Returns whether a name belongs to the temporary file of a write, in progress or killed.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isTemporary = (name: string): boolean => /^\.life-[0-9a-f]{16}-[0-9a-f]{16}\.tmp$/.test(name)

/**
 * Writes a file by real names: into a temporary file of the same directory, flushed, then renamed. Missing directories
 * are made, the permissions of a replaced file are kept, leftovers of killed writes to the same file are removed.
 *
 * - `tag`: distinguishes this write from other writes to the same file
 * - `replaced`: SHA-256 of the content that may be replaced; a file with other content is never replaced
 *
 * @since 0.1.0
 * @category constructors
 */
export function* writeFile(
  workspace: Workspace,
  names: Names,
  content: Uint8Array,
  options: { readonly tag: string; readonly replaced: string | undefined }
): Work<void> {
  const name = leaf(names)
  const directory = workspace.openDirectory(names.slice(0, -1), true)
  try {
    const mode = replaceableMode(directory, names)
    const prefix = `.life-${sha256(name).slice(0, 16)}-`
    removeLeftovers(directory, prefix)
    const temporary = `${prefix}${sha256(options.tag).slice(0, 16)}.tmp`
    let isRenamed = false
    try {
      yield* writeNew(directory, temporary, content, mode)
      // No other fiber runs between these checks and the rename.
      const known = [options.replaced, sha256(content)]
      if (replaceableMode(directory, names) !== undefined && !known.includes(hashOf(directory, name))) {
        throw changedSince(show(names))
      }
      if (!directory.isInPlace()) {
        throw new Refusal("Unavailable", `the directory of "${show(names)}" was moved while it was written; call again`)
      }
      renameSync(directory.at(temporary), directory.at(name))
      isRenamed = true
    } finally {
      if (!isRenamed) rmSync(directory.at(temporary), { force: true })
    }
    directory.sync()
  } finally {
    directory.close()
  }
}

/**
 * The refusal of a write that would replace what its caller has not seen.
 *
 * @since 0.1.0
 * @category constructors
 */
export const changedSince = (path: string): Refusal =>
  new Refusal(
    "Unavailable",
    `"${path}" has changed since it was read, so nothing was written; read it, then call again`
  )

/**
 * Returns whether the content of an existing file has this SHA-256.
 *
 * @since 0.1.0
 * @category predicates
 */
export const hasContent = (workspace: Workspace, names: Names, hash: string): boolean => {
  const directory = workspace.openDirectory(names.slice(0, -1))
  try {
    return hashOf(directory, leaf(names)) === hash
  } finally {
    directory.close()
  }
}

const leaf = (names: Names): string => {
  const name = names.at(-1)
  if (name === undefined) throw new Refusal("Unavailable", `"." is a directory; name a file in it`)
  return name
}

// Gives `undefined` for something that is no file, and for a file that is larger than one that could have been read.
const hashOf = (directory: Directory, name: string): string | undefined => {
  const fd = directory.open(name, constants.O_RDONLY)
  try {
    const stats = fstatSync(fd)
    return stats.isFile() && stats.size <= Limits.readFileBytesMax ? sha256(readFileSync(fd)) : undefined
  } finally {
    closeSync(fd)
  }
}

// Gives the permissions of the file that will be replaced; `undefined` when there is none.
const replaceableMode = (directory: Directory, names: Names): number | undefined => {
  const name = leaf(names)
  const stats = lstatSync(directory.at(name), { throwIfNoEntry: false })
  if (stats === undefined) return undefined
  requireFile(show(names), stats)
  // A rename needs no permission on the file itself, yet a read-only file is meant to stay.
  closeSync(directory.open(name, constants.O_WRONLY))
  return stats.mode & 0o777
}

function* writeNew(directory: Directory, name: string, content: Uint8Array, mode: number | undefined): Work<void> {
  const fd = directory.open(name, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, mode ?? 0o666)
  try {
    for (let offset = 0; offset < content.length; ) {
      if (offset > 0) yield
      offset += writeSync(fd, content, offset, Math.min(Limits.chunkBytesMax, content.length - offset))
    }
    // The umask must not change the permissions of a file that was there before.
    if (mode !== undefined) fchmodSync(fd, mode)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const removeLeftovers = (directory: Directory, prefix: string): void => {
  const listing = opendirSync(directory.self)
  try {
    for (let entry = listing.readSync(); entry !== null; entry = listing.readSync()) {
      if (entry.name.startsWith(prefix) && isTemporary(entry.name) && entry.isFile()) {
        rmSync(directory.at(entry.name), { force: true })
      }
    }
  } finally {
    listing.closeSync()
  }
}
