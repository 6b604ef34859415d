/**
 * Telling an agent something: for its next tick, at once, or for when its run has ended.
 *
 * @since 0.1.0
 */
import { Effect, Either, Fiber } from "effect"
import {
  type AgentState,
  type JournalError,
  Limits,
  type QueuedMessage,
  type SteeringMode
} from "../../layers/aios/index.js"
import type { AgentActor } from "../agent/Actor.js"
import type { AgentError } from "../AgentError.js"
import type { AgentRuntime } from "../agent/AgentRuntime.js"
import { checkMessage, type Delivery, deliver, refusal } from "../agent/mailbox.js"
import { interruptedAt } from "../tick/interruption.js"

/**
 * Makes what people tell an agent something with.
 */
export const makeTelling =
  (runtime: AgentRuntime, agent: AgentActor) =>
  (
    message: string,
    { mode = "steer" }: { readonly mode?: SteeringMode } = {}
  ): Effect.Effect<void, AgentError | JournalError> =>
    Effect.gen(function* () {
      const content = yield* checkMessage(agent, message)
      if (mode === "steer") return yield* send(runtime, agent, () => said(content))
      const queueId = yield* runtime.pen.ids.ulid
      if (mode !== "interrupt") {
        return yield* send(runtime, agent, (state) => queued(agent, state, { queueId, mode, message: content }))
      }
      yield* send(runtime, agent, (state) =>
        state.run === undefined ? said(content) : interrupting(state, queueId, content)
      )
      yield* stopActing(agent, ({ interruption }) => interruption === queueId)
    })

/**
 * Stops what an agent is doing, if that is to be stopped still, and waits until it has stopped.
 */
export const stopActing = (agent: AgentActor, isDue: (state: AgentState) => boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { live } = agent
    return live?.acting !== undefined && isDue(live.state) ? Effect.asVoid(Fiber.interrupt(live.acting)) : Effect.void
  })

const send = (runtime: AgentRuntime, agent: AgentActor, make: (state: AgentState) => Delivery<void>) =>
  deliver(runtime, agent, { type: "user" }, make)

const said = (content: string): Delivery<void> =>
  Either.right({ kinds: [{ type: "UserMessage", content }], value: undefined })

const interrupting = (state: AgentState, queueId: string, content: string): Delivery<void> =>
  Either.right({
    kinds: [
      { type: "UserMessage", content },
      { type: "Steered", queueId, preemptedAt: interruptedAt(state) }
    ],
    value: undefined
  })

const queued = (agent: AgentActor, { queue = [] }: AgentState, message: QueuedMessage): Delivery<void> => {
  if (queue.length >= Limits.queueMessagesMax) {
    const what = `has ${queue.length} messages for the end of its run, which are the most; tell it again when that has come`
    return Either.left(refusal(agent, "QueueFull", what))
  }
  return Either.right({ kinds: [{ type: "Queued", ...message }], value: undefined })
}
