/**
 * Cancelling the open run of an agent, and stopping the act in progress.
 *
 * @since 0.1.0
 */
import { Effect, Either, Fiber } from "effect"
import { type AgentState, type JournalError, RunError } from "../../layers/aios/index.js"
import { cancelSignal } from "../../machines/index.js"
import type { AgentActor } from "../agent/AgentActor.js"
import type { Runtime } from "../agent/Runtime.js"
import { deliver } from "../agent/mailbox.js"
import { refusal } from "../refusal.js"

/**
 * Makes what ends the open run of an agent.
 */
export const makeCancel =
  (runtime: Runtime, agent: AgentActor) =>
  (reason: string): Effect.Effect<void, RunError | JournalError> =>
    Effect.zipRight(
      deliver(runtime, agent, { type: "user" }, RunError, ({ run }) =>
        run === undefined
          ? Either.left(refusal(RunError, agent, "NotRunning", "has no open run to cancel"))
          : Either.right({
              kinds: [{ type: "ExternalSignal", signalType: cancelSignal, data: reason }],
              value: undefined
            })
      ),
      stopActing(agent, ({ run }) => run?.cancelled !== undefined)
    )

/**
 * Stops what an agent is doing, if that is to be stopped still, and waits until it has stopped.
 */
export const stopActing = (agent: AgentActor, isDue: (state: AgentState) => boolean): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { live } = agent
    return live?.acting !== undefined && isDue(live.state) ? Effect.asVoid(Fiber.interrupt(live.acting)) : Effect.void
  })
