/**
 * The model port: turns of a language model, and values of a schema instead of prose.
 *
 * @since 0.1.0
 * @module
 */
export {
  inFrontOf,
  makeTurn,
  type Message,
  Model,
  type ModelDelta as Delta,
  ModelError,
  type ModelInfo as Info,
  type ModelRequest as Request,
  type ModelTurn as Turn,
  type ResponseSchema,
  type StopReason,
  type ToolResultMessage
} from "./layers/aios/ports/Model.js"
export { ModelFallback as Fallback, TokenUsage } from "./layers/aios/schema/TokenUsage.js"
export { generateObject, type GeneratedObject, ObjectError, type ObjectRequest } from "./layers/arcan/generateObject.js"
