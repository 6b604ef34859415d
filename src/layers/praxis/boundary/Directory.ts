/**
 * An open directory below which names are used without ever following a symlink.
 *
 * @since 0.1.0
 */
/**
 * A directory, held open. Every `name` is one path component, never empty, `.`, `..` or with a separator in it.
 *
 * All methods are synchronous and throw the error of the system call that failed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Directory {
  /** A path for system calls that leads to this very directory. */
  readonly self: string
  /** Gives a path to an entry for system calls. The call must not follow symlinks itself (lstat, rename, …). */
  readonly at: (name: string) => string
  /** Opens a directory below; fails with `ENOTDIR` or `ELOOP` when the entry is a symlink. */
  readonly enter: (name: string) => Directory
  /** Opens a file and gives its descriptor; never follows a symlink and never waits for the other end of a pipe. */
  readonly open: (name: string, flags: number, mode?: number) => number
  /** Returns whether the directory is still where it was opened. */
  readonly isInPlace: () => boolean
  /** Makes names that were added or replaced survive a power loss. */
  readonly sync: () => void
  readonly close: () => void
}

/**
 * Opens a root directory by its real path.
 *
 * @since 0.1.0
 * @category models
 */
export type OpenRoot = (realPath: string) => Directory
