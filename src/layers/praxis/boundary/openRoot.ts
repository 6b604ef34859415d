/**
 * The choice of the way in which this system opens a root directory.
 *
 * @since 0.1.0
 */
import { existsSync } from "node:fs"
import type { OpenRoot } from "./Directory.js"
import { openRoot as openRootPortable } from "./directoryPortable.js"
import { openRoot as openRootProc } from "./directoryProc.js"

/**
 * Opens a root in the strongest way that this system has: by descriptors through `/proc` where it exists (no race can
 * lead outside), elsewhere by real paths that are checked before and after each use.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openRoot: OpenRoot =
  process.platform === "linux" && existsSync("/proc/self/fd") ? openRootProc : openRootPortable
