/**
 * The mailbox of an agent: bounded, and durable before it acknowledges.
 *
 * A message is an event. It waits in the journal until the agent perceives it, so an acknowledged message survives
 * anything; what the bound counts is what waits there and what is on its way there.
 *
 * @since 0.1.0
 */
import { Effect, Either, ParseResult, Schema } from "effect"
import {
  type AgentState,
  BudgetState,
  type EventActor,
  type EventKind,
  type JournalError,
  Limits
} from "../../layers/aios/index.js"
import type { AgentActor } from "./Actor.js"
import { AgentError } from "../AgentError.js"
import type { AgentRuntime } from "./AgentRuntime.js"
import type { LiveAgent } from "./Session.js"

/**
 * The events a request stands for and what its sender gets back, or why it is refused.
 */
export type Delivery<A> = Either.Either<{ readonly kinds: ReadonlyArray<EventKind>; readonly value: A }, AgentError>

/**
 * Delivers what `make` gives for the agent's present state and time, and wakes the agent. Succeeds when it is durable.
 * From looking at the state to folding the events in is one step, so that of two answers only one can count.
 */
export const deliver = <A>(
  runtime: AgentRuntime,
  agent: AgentActor,
  actor: EventActor,
  make: (state: AgentState, now: number) => Delivery<A>
): Effect.Effect<A, AgentError | JournalError> =>
  Effect.suspend((): Effect.Effect<A, AgentError | JournalError> => {
    if (agent.stopped) return Effect.fail(stopped(agent))
    if (agent.arriving >= Limits.mailboxMessagesMax) return Effect.fail(full(agent))
    agent.arriving++
    return runtime.load(agent).pipe(
      // From here on there is no way back: the message becomes durable and the agent is woken.
      Effect.flatMap((live) => Effect.uninterruptible(accept(runtime, agent, live, actor, make))),
      Effect.ensuring(
        Effect.sync(() => {
          agent.arriving--
        })
      )
    )
  })

const accept = <A>(
  runtime: AgentRuntime,
  agent: AgentActor,
  live: LiveAgent,
  actor: EventActor,
  make: (state: AgentState, now: number) => Delivery<A>
): Effect.Effect<A, AgentError | JournalError> =>
  Effect.withFiberRuntime((sender) => {
    // It may have been stopped while it was loaded.
    if (agent.stopped) return Effect.fail(stopped(agent))
    const made = make(live.state, runtime.pen.clock.unsafeCurrentTimeMillis())
    if (Either.isLeft(made)) return Effect.fail(made.left)
    // An agent with a full mailbox can still be cancelled and answered.
    const isMessage = made.right.kinds.some(({ type }) => type === "UserMessage")
    if (isMessage && live.state.unperceived >= Limits.mailboxMessagesMax) return Effect.fail(full(agent))
    const { kinds, value } = made.right
    runtime.record(agent, live, kinds, actor, sender.currentSpan)
    // Woken also after a failure: the append may have taken place and only its reply was lost.
    return live.flush().pipe(Effect.ensuring(runtime.wake(agent)), Effect.as(value))
  })

const stopped = (agent: AgentActor): AgentError =>
  refusal(agent, "Stopped", "was stopped; spawn it again with its session id")

const full = (agent: AgentActor): AgentError =>
  refusal(
    agent,
    "MailboxFull",
    `has ${Limits.mailboxMessagesMax} messages it has not perceived yet; send again when it has caught up`
  )

/**
 * An error about an agent whose message opens with the agent's name.
 */
export const refusal = (agent: { readonly name: string }, reason: AgentError["reason"], what: string): AgentError =>
  new AgentError({ agent: agent.name, reason, message: `agent ${agent.name} ${what}` })

/**
 * Checks a message before it is sent: not empty, and at most `Limits.messageBytesMax` bytes of UTF-8.
 */
export const checkMessage = (agent: AgentActor, message: string): Either.Either<string, AgentError> => {
  const bytes = Buffer.byteLength(message)
  if (message.trim() === "") {
    return Either.left(refusal(agent, "EmptyMessage", "was given an empty message; say what is to be done"))
  }
  return bytes > Limits.messageBytesMax
    ? Either.left(
        refusal(
          agent,
          "MessageTooLarge",
          `was given a message of ${bytes} bytes, and ${Limits.messageBytesMax} are the most; ` +
            "put the rest into a file of the workspace and name the file"
        )
      )
    : Either.right(message)
}

const decodeBudget = Schema.decodeUnknownEither(BudgetState)

/**
 * Checks the budget of a run, because the journal takes no other.
 */
export const checkBudget = (agent: AgentActor, budget: BudgetState): Either.Either<BudgetState, AgentError> =>
  Either.mapLeft(decodeBudget(budget), (error) =>
    refusal(agent, "InvalidBudget", `was given no valid budget: ${ParseResult.TreeFormatter.formatErrorSync(error)}`)
  )
