/**
 * Tools of your own.
 *
 * @since 0.1.0
 * @module
 */
export {
  type ToolContext as Context,
  ToolError,
  type ToolEvent as Event,
  type ToolOutput as Output
} from "./layers/aios/ports/ToolHarness.js"
export {
  ToolCallRequest as CallRequest,
  type ToolAnnotations as Annotations,
  type ToolDefinition as Definition,
  ToolStatus as Status
} from "./layers/aios/schema/Tool.js"
export * from "./layers/praxis/Tool.js"
