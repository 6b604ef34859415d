/**
 * Hooks: functions and commands of a user around sessions, runs, model turns and tool calls.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/arcan/Hooks.js"
