/**
 * The mailbox of an agent: bounded, and durable before it acknowledges.
 *
 * A message is an event. It waits in the journal until the agent perceives it, so an acknowledged message survives
 * every crash. The bound counts the messages that wait in the journal and those on their way to it.
 *
 * @since 0.1.0
 */
import { Effect, Either } from "effect"
import { type AgentState, type EventActor, type EventKind, type JournalError, Limits } from "../../layers/aios/index.js"
import type { DeliveryRefusal } from "../../machines/index.js"
import { type Refused, refusal } from "../refusal.js"
import type { AgentActor } from "./AgentActor.js"
import type { Runtime } from "./Runtime.js"
import type { LiveAgent } from "./Session.js"

/**
 * The events of a request and the value for its sender, or the error of its refusal.
 */
export type Delivery<A, E> = Either.Either<{ readonly kinds: ReadonlyArray<EventKind>; readonly value: A }, E>

/**
 * Delivers the events that `make` gives for the agent's present state and time, and wakes the agent. Succeeds when they
 * are durable. Fails with a `Refused` if the agent takes no messages.
 * Reading the state and folding the events in is one step, so that only one of two answers can count.
 */
export const deliver = <A, E>(
  runtime: Runtime,
  agent: AgentActor,
  actor: EventActor,
  Refused: Refused<DeliveryRefusal, E>,
  make: (state: AgentState, now: number) => Delivery<A, E>
): Effect.Effect<A, E | JournalError> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend((): Effect.Effect<A, E | JournalError> => {
      const reason = agent.deliver()
      if (reason !== undefined) return Effect.fail(refused(Refused, agent, reason))
      return restore(runtime.load(agent)).pipe(
        // Uninterruptible from here on: the message becomes durable and the agent is woken.
        Effect.flatMap((live) => accept(runtime, agent, live, actor, Refused, make)),
        Effect.ensuring(Effect.sync(() => agent.delivered()))
      )
    })
  )

const accept = <A, E>(
  runtime: Runtime,
  agent: AgentActor,
  live: LiveAgent,
  actor: EventActor,
  Refused: Refused<DeliveryRefusal, E>,
  make: (state: AgentState, now: number) => Delivery<A, E>
): Effect.Effect<A, E | JournalError> =>
  Effect.withFiberRuntime((sender) => {
    // The agent may have been stopped while it was loaded.
    if (agent.stopped) return Effect.fail(refused(Refused, agent, "Stopped"))
    const made = make(live.state, runtime.pen.clock.unsafeCurrentTimeMillis())
    if (Either.isLeft(made)) return Effect.fail(made.left)
    // An agent with a full mailbox can still be cancelled and answered.
    const isMessage = made.right.kinds.some(({ type }) => type === "UserMessage")
    if (isMessage && live.state.unperceived >= Limits.mailboxMessagesMax)
      return Effect.fail(refused(Refused, agent, "MailboxFull"))
    const { kinds, value } = made.right
    runtime.record(agent, live, kinds, actor, sender.currentSpan)
    // The agent is woken after a failure too: the append may have succeeded, and only its reply was lost.
    return live.flush().pipe(Effect.ensuring(runtime.wake(agent)), Effect.as(value))
  })

const refused = <E>(Refused: Refused<DeliveryRefusal, E>, agent: AgentActor, reason: DeliveryRefusal): E =>
  refusal(Refused, agent, reason, reason === "Stopped" ? "was stopped; spawn it again with its session id" : full)

const full = `has ${Limits.mailboxMessagesMax} messages it has not perceived yet; send again when it has caught up`
