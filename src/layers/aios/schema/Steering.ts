/**
 * What a message does to an agent that is at work.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"

/**
 * How a message reaches an agent.
 *
 * - `steer`: it is perceived in the next tick
 * - `interrupt`: what the agent is doing is stopped, and the message is perceived in the next tick
 * - `followup`: it waits for the end of the run and becomes a run of its own
 * - `collect`: it waits for the end of the run and becomes one run with all others that were collected
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
 * What the next run is made from: the first message that is a run of its own, or else all that were collected.
 *
 * @since 0.1.0
 * @category combinators
 */
export const nextInQueue = (queue: ReadonlyArray<QueuedMessage>): ReadonlyArray<QueuedMessage> => {
  const followup = queue.find(({ mode }) => mode === "followup")
  return followup === undefined ? queue : [followup]
}
