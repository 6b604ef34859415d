/**
 * The tool port: all tools of a system, and calls that are checked before they run.
 *
 * @since 0.1.0
 * @module
 */
export { type PreparedCall, ToolHarness } from "./layers/aios/ports/ToolHarness.js"
