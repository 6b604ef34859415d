/**
 * Directories as real paths that are checked before and after each use, for systems without `/proc`.
 *
 * A race is possible here between a check and the use that follows it. A use that reached another place is refused
 * afterwards and gives nothing back.
 *
 * @since 0.1.0
 */
import { closeSync, constants, fstatSync, fsyncSync, lstatSync, openSync, realpathSync } from "node:fs"
import { join } from "node:path"
import type { Directory, OpenRoot } from "./Directory.js"

// The flags are absent on Windows, where opening a pipe by path does not block either.
const fileFlags = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const failure = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code })

const make = (path: string): Directory => {
  const at = (name: string): string => join(path, name)
  const isInPlace = (): boolean => realpathSync(path) === path
  const open = (name: string, flags: number, mode?: number): number => {
    const target = at(name)
    if (!isInPlace()) throw failure("ELOOP", path)
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() === true) throw failure("ELOOP", target)
    const fd = openSync(target, flags | fileFlags, mode)
    const [opened, named] = [fstatSync(fd), lstatSync(target)]
    if (opened.ino === named.ino && opened.dev === named.dev && isInPlace()) return fd
    closeSync(fd)
    throw failure("ELOOP", target)
  }
  return {
    self: path,
    at,
    enter: (name) => {
      const target = at(name)
      if (!lstatSync(target).isDirectory()) throw failure("ENOTDIR", target)
      if (realpathSync(target) !== target) throw failure("ELOOP", target)
      return make(target)
    },
    open,
    isInPlace,
    sync: () => {
      // Windows cannot flush a directory; it makes a rename durable by itself.
      if (process.platform === "win32") return
      const fd = openSync(path, constants.O_RDONLY)
      try {
        fsyncSync(fd)
      } finally {
        closeSync(fd)
      }
    },
    close: () => {}
  }
}

/**
 * Opens a root by its real path.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openRoot: OpenRoot = (realPath) => make(realPath)
