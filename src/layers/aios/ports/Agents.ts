/**
 * The agents port: the part of the actor system that an act needs.
 *
 * It is a late port: the actor system gives it to the fibers of its agents, and it does not exist while layers are
 * built.
 *
 * @since 0.1.0
 */
import { Context, type Effect } from "effect"
import type { AgentState, ClosedRun } from "../schema/AgentState.js"
import type { BudgetState } from "../schema/AgentStateVector.js"
import type { PolicySet } from "../schema/PolicySet.js"
import type { SoulProfile } from "../schema/SoulProfile.js"
import type { LookupError, MessageError, RunError, SpawnError } from "./AgentErrors.js"
import type { JournalError } from "./Journal.js"

/**
 * Request to start an agent under another one.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChildRequest {
  /** 1 to 128 characters, unique within the system. */
  readonly name: string
  /** The session of the parent, which supervises the agent. */
  readonly parent: string
  /** Takes an existing session up again, or names the new one. @default a new id */
  readonly sessionId?: string
  /** @default the default soul under the name */
  readonly soul?: Partial<SoulProfile>
  /** @default the policy of the system */
  readonly policy?: PolicySet
  /** @default the default model */
  readonly model?: string
}

/**
 * Another agent, as an act holds it.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentRef {
  readonly sessionId: string
  readonly name: string
  /** The last durable state. */
  readonly state: Effect.Effect<AgentState, JournalError>
  /** Starts a run and waits for its end. @default defaultBudget for what the budget leaves out */
  readonly run: (
    objective: string,
    budget?: Partial<BudgetState>
  ) => Effect.Effect<ClosedRun, MessageError | RunError | JournalError>
  /** Waits for the end of the open run; gives the last one when none is open. */
  readonly outcome: Effect.Effect<ClosedRun, RunError | JournalError>
  /** Puts the agent to work, in a system whose open runs do not go on by themselves. */
  readonly wake: Effect.Effect<void>
  /** Sends a message. Succeeds when the message is durable. */
  readonly tell: (message: string) => Effect.Effect<void, MessageError | JournalError>
  /** Ends the open run as cancelled. */
  readonly cancel: (reason: string) => Effect.Effect<void, RunError | JournalError>
  /** Ends the open run as cancelled, stops the children, closes the session and forgets the agent. */
  readonly stop: Effect.Effect<void, JournalError>
}

/**
 * Place of an agent in the tree of the system.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentPlace {
  /** 0 for an agent that the root supervises. */
  readonly depth: number
  /** Children that are not stopped. */
  readonly children: number
  /** True while the agent's fiber is being ended and its run goes on later: in the next process, or after a restart. */
  readonly leaving: boolean
}

/**
 * The agents of the system.
 *
 * @since 0.1.0
 * @category services
 */
export class Agents extends Context.Tag("life-agent-os/Agents")<
  Agents,
  {
    /** Starts an agent. Succeeds when its session stands in the journal. */
    readonly spawn: (request: ChildRequest) => Effect.Effect<AgentRef, SpawnError | JournalError>
    /** Finds the agent with this name or session id. A session of an earlier process is found by its id. */
    readonly get: (nameOrSessionId: string) => Effect.Effect<AgentRef, LookupError | JournalError>
    readonly place: (sessionId: string) => Effect.Effect<AgentPlace, LookupError>
  }
>() {}
