/**
 * Messages to an agent: for its next tick, at once, or for the end of its run.
 *
 * @since 0.1.0
 */
import { Effect, Either, ParseResult, Schema } from "effect"
import {
  type AgentState,
  BudgetState,
  type JournalError,
  Limits,
  MessageError,
  type QueuedMessage,
  RunError,
  type SteeringMode
} from "../../layers/aios/index.js"
import type { AgentActor } from "../agent/AgentActor.js"
import { refusal } from "../refusal.js"
import type { Runtime } from "../agent/Runtime.js"
import { type Delivery, deliver } from "../agent/mailbox.js"
import { interruptedAt } from "../tick/interruption.js"

/**
 * Makes the function `tell` of a handle, which sends a message to an agent.
 */
export const makeTell =
  (runtime: Runtime, agent: AgentActor) =>
  (
    message: string,
    { mode = "steer" }: { readonly mode?: SteeringMode } = {}
  ): Effect.Effect<void, MessageError | JournalError> =>
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
      yield* agent.stopActing(({ interruption }) => interruption === queueId)
    })

const send = (runtime: Runtime, agent: AgentActor, make: (state: AgentState) => Delivery<void, MessageError>) =>
  deliver(runtime, agent, { type: "user" }, MessageError, make)

const said = (content: string): Delivery<void, MessageError> =>
  Either.right({ kinds: [{ type: "UserMessage", content }], value: undefined })

const interrupting = (state: AgentState, queueId: string, content: string): Delivery<void, MessageError> =>
  Either.right({
    kinds: [
      { type: "UserMessage", content },
      { type: "Steered", queueId, preemptedAt: interruptedAt(state) }
    ],
    value: undefined
  })

const queued = (
  agent: AgentActor,
  { queue = [] }: AgentState,
  message: QueuedMessage
): Delivery<void, MessageError> => {
  if (queue.length >= Limits.queueMessagesMax) {
    const what = `has ${queue.length} messages for the end of its run, the limit; send the message again after the run`
    return Either.left(refusal(MessageError, agent, "QueueFull", what))
  }
  return Either.right({ kinds: [{ type: "Queued", ...message }], value: undefined })
}

/**
 * Checks a message before it is sent: not empty, and at most `Limits.messageBytesMax` bytes of UTF-8.
 */
export const checkMessage = (agent: AgentActor, message: string): Either.Either<string, MessageError> => {
  const bytes = Buffer.byteLength(message)
  if (message.trim() === "") {
    return Either.left(refusal(MessageError, agent, "Empty", "was given an empty message; say what is to be done"))
  }
  return bytes > Limits.messageBytesMax
    ? Either.left(
        refusal(
          MessageError,
          agent,
          "TooLarge",
          `was given a message of ${bytes} bytes, the limit is ${Limits.messageBytesMax}; ` +
            "put the rest into a file of the workspace and name the file"
        )
      )
    : Either.right(message)
}

const decodeBudget = Schema.decodeUnknownEither(BudgetState, { onExcessProperty: "error" })

/**
 * Checks the budget of a run, because the journal takes a valid one only.
 */
export const checkBudget = (agent: AgentActor, budget: BudgetState): Either.Either<BudgetState, RunError> =>
  Either.mapLeft(decodeBudget(budget), (error) =>
    refusal(
      RunError,
      agent,
      "InvalidBudget",
      `was given an invalid budget: ${ParseResult.TreeFormatter.formatErrorSync(error)}`
    )
  )
