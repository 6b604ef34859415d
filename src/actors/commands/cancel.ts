/**
 * Cancellation of the open run of an agent.
 *
 * @since 0.1.0
 */
import { Effect, Either } from "effect"
import { type JournalError, RunError } from "../../layers/aios/index.js"
import { cancelSignal } from "../../machines/index.js"
import type { AgentActor } from "../agent/AgentActor.js"
import type { Runtime } from "../agent/Runtime.js"
import { deliver } from "../agent/mailbox.js"
import { refusal } from "../refusal.js"

/**
 * Makes the function `cancel` of a handle, which ends the open run of an agent.
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
      agent.stopActing(({ run }) => run?.cancelled !== undefined)
    )
