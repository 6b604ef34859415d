/**
 * The subsystem of memory: what an agent knows beyond its conversation.
 *
 * @since 0.1.0
 * @module
 */
export * from "./layers/lago/memory/index.js"
export { SharedMemories } from "./layers/lago/index.js"
