/**
 * Directories as descriptors, by way of `/proc/self/fd` (Linux).
 *
 * @since 0.1.0
 */
import { closeSync, constants, fsyncSync, openSync, readlinkSync } from "node:fs"
import { join } from "node:path"
import type { Directory, OpenRoot } from "./Directory.js"

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW
const fileFlags = constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY

// The system resolves /proc/self/fd/N/name from the open directory itself, wherever the directory has been moved to.
// openat(2) would do the same, but Node does not offer it.
const make = (fd: number, path: string): Directory => {
  const self = `/proc/self/fd/${fd}`
  const at = (name: string): string => `${self}/${name}`
  return {
    self,
    at,
    enter: (name) => make(openSync(at(name), directoryFlags), join(path, name)),
    open: (name, flags, mode) => openSync(at(name), flags | fileFlags, mode),
    isInPlace: () => readlinkSync(self) === path,
    sync: () => fsyncSync(fd),
    close: () => closeSync(fd)
  }
}

/**
 * Opens a root through `/proc`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openRoot: OpenRoot = (realPath) => make(openSync(realPath, directoryFlags), realPath)
