/**
 * Cognition: the models an agent can think with.
 *
 * @since 0.1.0
 */
export * as AnthropicModel from "./AnthropicModel.js"
export * as Hooks from "./Hooks.js"
export * as ScoutModel from "./ScoutModel.js"
export * as ScriptedModel from "./ScriptedModel.js"
