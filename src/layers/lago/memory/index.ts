/**
 * Memory: what an agent knows beyond its conversation.
 *
 * @since 0.1.0
 */
export type { MemoryKind, MemoryKindOf } from "./events.js"
export { memory } from "./memory.js"
export * from "./schema.js"
export { Memories } from "./projection.js"
export { rankMemories } from "./rank.js"
