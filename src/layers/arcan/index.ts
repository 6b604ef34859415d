/**
 * Cognition: the models an agent can think with.
 *
 * @since 0.1.0
 */
export * as AnthropicModel from "./AnthropicModel.js"
export { generateObject, type GeneratedObject, ObjectError, type ObjectRequest } from "./generateObject.js"
export * as Hooks from "./Hooks.js"
export * as ModelRouter from "./ModelRouter.js"
export * as Models from "./Models.js"
export * as OpenAiModel from "./OpenAiModel.js"
export * as Providers from "./providers.js"
export * as ReplayModel from "./ReplayModel.js"
export * as ScoutModel from "./ScoutModel.js"
export * as ScriptedModel from "./ScriptedModel.js"
