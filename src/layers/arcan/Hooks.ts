/**
 * Hooks: what a user does around sessions, runs, model turns and tool calls.
 *
 * All hooks are one subsystem, so the agent itself does not know them. The sockets around the model and the tools ask
 * the hooks before and after; the socket of reporters tells them about durable events.
 *
 * @since 0.1.0
 */
export { HookError } from "./HookError.js"
export { aroundModel } from "./hooks/around.js"
export { fromToml, HookConfigError } from "./hooks/config.js"
export type { EndedRun, HookedCall, HookedRun, Hooks } from "./hooks/Hook.js"
export { HookLimits } from "./hooks/limits.js"
export { subsystem } from "./hooks/subsystem.js"
