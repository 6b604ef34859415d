/**
 * Approvals: the calls that wait for a person, the answers to them, and the grants that stand.
 *
 * @since 0.1.0
 * @module
 */
export type { ApprovalAnswer as Answer, ApprovalGrant as Grant, ApprovalReply as Reply } from "./actors/Agent.js"
export { ApprovalError } from "./layers/aios/ports/AgentErrors.js"
export { PendingCall, type WaitingCall } from "./layers/aios/schema/AgentState.js"
export { grantCovers as covers, GrantScope, StandingGrant } from "./layers/aios/schema/Grant.js"
