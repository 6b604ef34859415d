/**
 * Hooks: what a user does around sessions, runs, model turns and tool calls.
 *
 * They are one subsystem, so there is nothing about them in the agent itself: the sockets around the model and the tools ask
 * them before and after, and the one of reporters tells them what has become durable.
 *
 * @since 0.1.0
 */
export { HookError } from "./HookError.js"
export { aroundModel } from "./hooks/around.js"
export { fromToml, HookConfigError } from "./hooks/config.js"
export type { EndedRun, HookedCall, HookedRun, Hooks } from "./hooks/Hook.js"
export { HookLimits } from "./hooks/limits.js"
export { subsystem } from "./hooks/subsystem.js"
