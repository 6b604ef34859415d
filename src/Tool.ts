/**
 * Tools of your own.
 *
 * @since 0.1.0
 * @module
 */
export {
  ToolCallRequest as CallRequest,
  type ToolAnnotations as Annotations,
  type ToolContext as Context,
  type ToolDefinition as Definition,
  ToolError,
  type ToolEvent as Event,
  type ToolOutput as Output,
  ToolStatus as Status
} from "./layers/aios/index.js"
export * from "./layers/praxis/Tool.js"
