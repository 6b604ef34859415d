/**
 * Errors of operations on an agent, one class for each operation.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { ClosedRun } from "../schema/AgentState.js"
import { lifeCode } from "../schema/lifeCode.js"

/**
 * Failure to start an agent.
 *
 * - `InvalidName`, `InvalidSessionId`, `InvalidPolicy`, `InvalidSoul`, `InvalidSupervision`: the option does not fit its
 *   schema
 * - `UnknownModel`: there is no model of this name
 * - `NameTaken`: an agent with this name or session is running
 * - `SessionMismatch`: the session was created with another name or parent
 * - `ParentUnavailable`: the parent is not an agent of this system, or is being stopped
 * - `TooManyAgents`: the system has `Limits.agentsMax` agents
 * - `MailboxFull`: too many messages are on their way to the agent
 * - `Stopped`: the agent was stopped while its session was taken up again
 *
 * @since 0.1.0
 * @category errors
 */
export class SpawnError extends Schema.TaggedError<SpawnError>("life-agent-os/SpawnError")("SpawnError", {
  /** The name that was asked for. */
  agent: Schema.String,
  reason: Schema.Literal(
    "InvalidName",
    "InvalidSessionId",
    "InvalidPolicy",
    "InvalidSoul",
    "InvalidSupervision",
    "UnknownModel",
    "NameTaken",
    "SessionMismatch",
    "ParentUnavailable",
    "TooManyAgents",
    "MailboxFull",
    "Stopped"
  ),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Failure to find an agent.
 *
 * - `NotFound`: no agent or session has this name or id
 * - `Stopped`: the agent is being stopped with its parent
 *
 * @since 0.1.0
 * @category errors
 */
export class LookupError extends Schema.TaggedError<LookupError>("life-agent-os/LookupError")("LookupError", {
  /** The name or session id that was asked for. */
  agent: Schema.String,
  reason: Schema.Literal("NotFound", "Stopped"),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Failure to give an agent a message, or the objective of a run.
 *
 * - `Empty`, `TooLarge`: the text does not fit
 * - `MailboxFull`: too many messages wait to be perceived
 * - `QueueFull`: too many messages wait for the end of the run
 * - `Stopped`: the agent was stopped
 *
 * @since 0.1.0
 * @category errors
 */
export class MessageError extends Schema.TaggedError<MessageError>("life-agent-os/MessageError")("MessageError", {
  agent: Schema.String,
  reason: Schema.Literal("Empty", "TooLarge", "MailboxFull", "QueueFull", "Stopped"),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Failure to start or cancel a run, or to get its outcome.
 *
 * - `InvalidBudget`: a field of the budget is negative or not a whole number
 * - `Busy`: a run is open
 * - `NotRunning`: no run is open, or the agent has never run
 * - `MailboxFull`: too many messages wait to be perceived
 * - `Stopped`: the agent was stopped
 * - `Failed`: the agent failed more often than its supervisor restarts it
 * - `Errored`: the run ended in an error; `run` is its outcome
 *
 * @since 0.1.0
 * @category errors
 */
export class RunError extends Schema.TaggedError<RunError>("life-agent-os/RunError")("RunError", {
  agent: Schema.String,
  reason: Schema.Literal("InvalidBudget", "Busy", "NotRunning", "MailboxFull", "Stopped", "Failed", "Errored"),
  run: Schema.optional(ClosedRun),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * Failure to answer an approval.
 *
 * - `Unknown`: the session has never asked for this approval, or the run that asked has ended
 * - `AlreadyAnswered`: the approval has an answer
 * - `Expired`: the time to answer is over, and the call is denied
 * - `InvalidGrant`: the scope or the pattern does not fit the request
 * - `InvalidInput`: the tool does not take the changed arguments
 * - `Forbidden`: the policy denies what the changed arguments would do
 * - `MailboxFull`: too many messages are on their way to the agent
 * - `Stopped`: the agent was stopped
 *
 * @since 0.1.0
 * @category errors
 */
export class ApprovalError extends Schema.TaggedError<ApprovalError>("life-agent-os/ApprovalError")("ApprovalError", {
  agent: Schema.String,
  reason: Schema.Literal(
    "Unknown",
    "AlreadyAnswered",
    "Expired",
    "InvalidGrant",
    "InvalidInput",
    "Forbidden",
    "MailboxFull",
    "Stopped"
  ),
  /** Description of what happened and what to do next. */
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}
