/**
 * The text of a file that a call would replace.
 *
 * @since 0.1.0
 */
import { isUtf8 } from "node:buffer"
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathScope, unescapeScope } from "../../layers/aios/index.js"

const bytesMax = 1_048_576
const overwrite = "fs:overwrite:"

/** Gives the text; `undefined` if the call replaces no file, or one that cannot be shown. */
export const replacedText = (workspace: string, capability: string): string | undefined => {
  const scope = capability.startsWith(overwrite) ? capability.slice(overwrite.length) : undefined
  const path = scope === undefined ? undefined : unescapeScope(scope)
  // Only a path below the workspace stays the same when it is normalised.
  if (path === undefined || pathScope(path) !== scope) return undefined
  try {
    // A link, or a pipe that would block, may have taken the place of the file.
    const descriptor = openSync(
      join(workspace, path),
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    )
    try {
      const stats = fstatSync(descriptor)
      if (!stats.isFile() || stats.size > bytesMax) return undefined
      const bytes = readFileSync(descriptor)
      return isUtf8(bytes) ? bytes.toString() : undefined
    } finally {
      closeSync(descriptor)
    }
  } catch {
    // The question is asked without the old text.
    return undefined
  }
}
