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
 * The strongest way to open a root that this system has: descriptors through `/proc` where there is one (no race can
 * lead outside), real paths that are checked before and after elsewhere.
 *
 * @since 0.1.0
 * @category constructors
 */
export const openRoot: OpenRoot =
  process.platform === "linux" && existsSync("/proc/self/fd") ? openRootProc : openRootPortable
