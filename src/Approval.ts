/**
 * Approvals: the calls that wait for a person, the answers to them, and the grants that stand.
 *
 * @since 0.1.0
 * @module
 */
export {
  type ApprovalAnswer as Answer,
  type ApprovalGrant as Grant,
  type ApprovalReply as Reply
} from "./actors/index.js"
export {
  ApprovalError,
  grantCovers as covers,
  GrantScope,
  PendingCall,
  StandingGrant,
  type WaitingCall
} from "./layers/aios/index.js"
