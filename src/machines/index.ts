/**
 * The machines and the pure functions around them; usable without the runtime.
 *
 * @since 0.1.0
 */
export * from "./AgentState.js"
export * from "./agent.js"
export * from "./context/compaction.js"
export * from "./context/compile.js"
export * from "./context/pressure.js"
export * from "./context/summary.js"
export * from "./context/text.js"
export * from "./context/tokens.js"
export * from "./diagram.js"
export * from "./fold.js"
export * from "./inspection.js"
export * from "./stepper.js"
export * from "./system.js"
export { Transcript, transcriptTypes } from "./transcript.js"
