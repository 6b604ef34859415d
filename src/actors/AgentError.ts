/**
 * What can go wrong between an agent and those who talk to it.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Why an agent did not take a request.
 *
 * - `EmptyMessage`, `MessageTooLarge`: the text does not fit
 * - `InvalidBudget`: a field of the budget is negative or not a whole number
 * - `MailboxFull`: too many messages wait to be perceived; try again later
 * - `Busy`: a run is open already
 * - `NotRunning`: no run is open
 * - `UnknownApproval`: this session has never asked for this approval, or the call it was for is gone with its run
 * - `AlreadyAnswered`: somebody has answered this approval before
 * - `ApprovalExpired`: its time is over, and the call is being denied
 * - `InvalidGrant`: the scope or the pattern of an approval does not fit what was asked for
 * - `InvalidInput`: the tool does not take the changed arguments
 * - `Forbidden`: the policy denies what the changed arguments would do
 * - `QueueFull`: too many messages wait for the end of the run
 * - `InvalidPolicy`, `InvalidSoul`: what it is spawned with does not fit its schema
 * - `UnknownModel`: there is no model of this name
 * - `SessionMismatch`: the session was created with another name or parent
 * - `NotFound`, `NameTaken`, `TooManyAgents`, `InvalidName`: about the registry
 * - `Stopped`: the agent or the system was stopped
 * - `Failed`: the agent failed more often than its supervisor restarts it
 *
 * @since 0.1.0
 * @category errors
 */
export class AgentError extends Schema.TaggedError<AgentError>("life-agent-os/AgentError")("AgentError", {
  agent: Schema.String,
  reason: Schema.Literal(
    "EmptyMessage",
    "MessageTooLarge",
    "InvalidBudget",
    "MailboxFull",
    "Busy",
    "NotRunning",
    "UnknownApproval",
    "AlreadyAnswered",
    "ApprovalExpired",
    "InvalidGrant",
    "InvalidInput",
    "Forbidden",
    "QueueFull",
    "InvalidPolicy",
    "InvalidSoul",
    "UnknownModel",
    "SessionMismatch",
    "NotFound",
    "NameTaken",
    "TooManyAgents",
    "InvalidName",
    "Stopped",
    "Failed"
  ),
  /** What happened and what to do next. */
  message: Schema.String
}) {}

/**
 * An error about an agent whose message opens with the agent's name.
 */
export const refusal = (agent: { readonly name: string }, reason: AgentError["reason"], what: string): AgentError =>
  new AgentError({ agent: agent.name, reason, message: `agent ${agent.name} ${what}` })
