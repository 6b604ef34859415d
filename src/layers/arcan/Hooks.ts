/**
 * Hooks: what a user does around sessions, runs, model turns and tool calls.
 *
 * They stand in front of the ports, so there is nothing about them in the agent itself: the model and the tools ask them
 * before and after, and the journal tells them what has become durable.
 *
 * @since 0.1.0
 */
export { HookError } from "./HookError.js"
export { aroundModel, aroundSubsystems, aroundTools } from "./hooks/around.js"
export { besideJournal } from "./hooks/beside.js"
export { fromToml, HookConfigError } from "./hooks/config.js"
export type { EndedRun, HookedCall, HookedRun, Hooks } from "./hooks/Hook.js"
