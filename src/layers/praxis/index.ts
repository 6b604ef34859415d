/**
 * Praxis: tools, and the boundary around what they may touch.
 *
 * @since 0.1.0
 */
export * as Praxis from "./Praxis.js"
export * as Tool from "./Tool.js"
export { WorkspaceError } from "./Workspace.js"
