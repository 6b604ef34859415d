/**
 * All tools of a system.
 *
 * @since 0.1.0
 */
import { Effect } from "effect"
import { decidable, type ToolError, type ToolHarness } from "../layers/aios/index.js"
import type { Services } from "./sockets/services.js"
import type { PreparedTool, Sockets } from "./sockets/Sockets.js"
import type { Tools } from "./tick/Tick.js"

/**
 * The tools of the harness and of subsystems, in one list. No two of them share a name.
 */
export const toolsOf = (harness: typeof ToolHarness.Service, sockets: Sockets): Tools => ({
  definitions: [...harness.definitions, ...sockets.definitions].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  prepare: (call, now): Effect.Effect<PreparedTool, ToolError, Services> =>
    Effect.flatMap(sockets.prepare(call, now) ?? harness.prepare(call), decidable)
})
