/**
 * Reading of a whole regular file within a limit.
 *
 * @since 0.1.0
 */
import { closeSync, constants, fstatSync, lstatSync, readSync, type Stats } from "node:fs"
import { isUtf8 } from "node:buffer"
import type { Work } from "../cooperate.js"
import { Refusal } from "../faults.js"
import type { Workspace } from "../Workspace.js"
import { type Names, show } from "./paths.js"
import { Limits } from "../../aios/index.js"

/**
 * Throws a {@link Refusal} unless `stats` are those of a regular file.
 *
 * @since 0.1.0
 * @category predicates
 */
export const requireFile = (path: string, stats: Stats): void => {
  if (stats.isDirectory())
    throw new Refusal("Unavailable", `"${path}" is a directory; use list_dir or name a file in it`)
  if (!stats.isFile())
    throw new Refusal(
      "Unavailable",
      `"${path}" is not a regular file (a pipe, socket, device or symlink); use another path`
    )
}

/**
 * Reads a file by real names; refuses symlinks, anything but regular files, and more than `bytesMax` bytes.
 *
 * @since 0.1.0
 * @category constructors
 */
export function* readFile(workspace: Workspace, names: Names, bytesMax: number): Work<Buffer> {
  const fd = openFile(workspace, names)
  try {
    const { size } = fstatSync(fd)
    if (size > bytesMax) throw tooLarge(names, size, bytesMax)
    const chunks: Array<Buffer> = []
    for (let total = 0; ; ) {
      const chunk = Buffer.allocUnsafe(Math.min(Limits.chunkBytesMax, size - total + 1))
      const count = readSync(fd, chunk)
      if (count === 0) return Buffer.concat(chunks)
      total += count
      // The file may have grown since its size was read.
      if (total > bytesMax) throw tooLarge(names, total, bytesMax)
      chunks.push(chunk.subarray(0, count))
      if (count === Limits.chunkBytesMax) yield
    }
  } finally {
    closeSync(fd)
  }
}

/**
 * Reads the beginning of a file by real names; refuses symlinks and anything but regular files.
 *
 * @since 0.1.0
 * @category constructors
 */
export const readStart = (workspace: Workspace, names: Names, bytesMax: number): Buffer => {
  const fd = openFile(workspace, names)
  try {
    const bytes = Buffer.alloc(bytesMax)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytesMax, 0))
  } finally {
    closeSync(fd)
  }
}

const openFile = (workspace: Workspace, names: Names): number => {
  const name = names.at(-1)
  if (name === undefined) throw new Refusal("Unavailable", `"." is a directory; use list_dir or name a file in it`)
  const directory = workspace.openDirectory(names.slice(0, -1))
  try {
    // Checked before opening, because opening a device can have effects, and after, because the name may lead to
    // another file by then.
    requireFile(show(names), lstatSync(directory.at(name)))
    const fd = directory.open(name, constants.O_RDONLY)
    try {
      requireFile(show(names), fstatSync(fd))
      return fd
    } catch (cause) {
      closeSync(fd)
      throw cause
    }
  } finally {
    directory.close()
  }
}

const tooLarge = (names: Names, size: number, bytesMax: number): Refusal =>
  new Refusal(
    "TooLarge",
    `"${show(names)}" has ${size} bytes; the limit is ${bytesMax} bytes; search a smaller file instead`
  )

/**
 * Gives the text of a file; `undefined` when it is not UTF-8 or holds NUL bytes, as binary files and UTF-16 do.
 *
 * @since 0.1.0
 * @category constructors
 */
export const decodeText = (bytes: Buffer): string | undefined =>
  isUtf8(bytes) && !bytes.includes(0) ? bytes.toString("utf8") : undefined
