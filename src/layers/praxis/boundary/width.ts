/**
 * Directories that are too wide for a workspace.
 *
 * @since 0.1.0
 */
import { realpathSync, statSync } from "node:fs"
import { homedir, userInfo } from "node:os"
import { errorCode } from "../faults.js"
import { split, startsWith } from "./paths.js"

const real = (path: string): ReadonlyArray<string> => {
  try {
    return [path, realpathSync(path)]
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
    return [path]
  }
}

// A container may run as a user without an entry in the list of users.
const homes = (): ReadonlyArray<string> => {
  try {
    return [homedir(), userInfo().homedir].flatMap(real)
  } catch (cause) {
    if (errorCode(cause) === undefined) throw cause
    return []
  }
}

/**
 * Says why a real path is too wide for a workspace; `undefined` if it is not.
 *
 * @since 0.1.0
 * @category predicates
 */
export const widthOf = (root: string): string | undefined => {
  const names = split(root)
  if (names.length === 0 || /^[A-Za-z]:$/.test(names.join("/"))) return "is the root of the file system"
  // The home directory of a service may be the root of the file system, which lies above no workspace but itself.
  const own = homes().map((home) => split(home))
  if (own.some((home) => home.length === names.length && startsWith(home, names))) return "is your home directory"
  if (own.some((home) => startsWith(home, names))) return "holds your home directory"
  const user = process.geteuid?.()
  // The administrator works in the folders of others, and a container in those of its host.
  return user === undefined || user === 0 || statSync(root).uid === user ? undefined : "belongs to another user"
}
