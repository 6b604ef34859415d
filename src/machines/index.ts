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
  cutText,
  emptyAct,
  endingOf,
  type Ending,
  estimateTokens,
  excerpt,
  initialState,
  noUsage,
  OpenRun,
  PendingCall
} from "../layers/aios/index.js"
export { eventLeadingTo, factsOf, hasNews, ruleNow } from "./agent/facts.js"
export * from "./agent/gate.js"
export * from "./agent/machine.js"
export * from "./agent/modes.js"
export * from "./agent/modeRules.js"
export { dueAt, standingGrant } from "./calls.js"
export * from "./context/compaction.js"
export * from "./context/compile.js"
export * from "./context/pressure.js"
export * from "./context/summary.js"
export * from "./context/tokens.js"
export * from "./diagram.js"
export * from "./fold.js"
export * from "./inspection.js"
export * from "./kindCodec.js"
export * from "./lifecycle.js"
export * from "./projections.js"
export * from "./Reducers.js"
export * from "./rest.js"
export * from "./RunView.js"
export * from "./SessionFold.js"
export * from "./stepper.js"
export * from "./supervisor.js"
export { TickLog } from "./tickLog.js"
export { unverifiedNames } from "./unverified.js"
export { Transcript, transcriptTypes } from "./transcript.js"
