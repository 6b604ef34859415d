/**
 * Anima: identity. The key with which an agent system signs its checkpoints.
 *
 * @since 0.1.0
 */
export * as FileIdentity from "./FileIdentity.js"
