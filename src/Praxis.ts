/**
 * The built-in tools, and the border around the workspace.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/praxis/Praxis.js"
export { WorkspaceError } from "./layers/praxis/index.js"
