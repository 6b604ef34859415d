/**
 * The machines and the pure functions around them; usable without the runtime.
 *
 * @since 0.1.0
 */
export {
  ActLog,
  AgentState,
  ApprovalTerms,
  ClosedRun,
  emptyAct,
  emptyMemory,
  initialState,
  MemoryState,
  noUsage,
  OpenRun,
  PendingCall
} from "../layers/aios/index.js"
export * from "./agent.js"
export { standingGrant } from "./calls.js"
export * from "./context/compaction.js"
export * from "./context/compile.js"
export * from "./context/pressure.js"
export * from "./context/summary.js"
export * from "./context/text.js"
export * from "./context/tokens.js"
export * from "./diagram.js"
export * from "./fold.js"
export * from "./inspection.js"
export * from "./kindCodec.js"
export { isReflected, runTag, textOf } from "./memory.js"
export * from "./projections.js"
export * from "./stepper.js"
export * from "./system.js"
export { TickLog } from "./tickLog.js"
export { Transcript, transcriptTypes } from "./transcript.js"
