/**
 * Steering of an agent at work by messages.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * Way in which a message reaches an agent.
 *
 * - `steer`: the agent perceives it in the next tick
 * - `interrupt`: the agent stops its work, and perceives the message in the next tick
 * - `followup`: it waits for the end of the run and becomes a run of its own
 * - `collect`: it waits for the end of the run and becomes one run together with all other collected messages
 *
 * @since 0.1.0
 * @category models
 */
export const SteeringMode = Schema.Literal("collect", "steer", "followup", "interrupt")

/**
 * @since 0.1.0
 * @category models
 */
export type SteeringMode = typeof SteeringMode.Type

/**
 * A message that waits for the end of a run.
 *
 * @since 0.1.0
 * @category models
 */
export const QueuedMessage = Schema.Struct({
  queueId: Schema.String,
  mode: Schema.Literal("collect", "followup"),
  message: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export type QueuedMessage = typeof QueuedMessage.Type

/**
 * Gives the messages that start the next run: the first `followup` message, or else all collected messages.
 *
 * @since 0.1.0
 * @category combinators
 */
export const nextInQueue = (queue: ReadonlyArray<QueuedMessage>): ReadonlyArray<QueuedMessage> => {
  const followup = queue.find(({ mode }) => mode === "followup")
  return followup === undefined ? queue : [followup]
}
