/**
 * The subsystem `delegation`, and its tool `delegate`: a sub-agent for a part of the work.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { type Agents, CapabilityPattern, type Journal, Subsystem } from "../../aios/index.js"
import { delegate } from "./delegate.js"
import { limits } from "./limits.js"
import { toolName } from "./share.js"

const positive = Schema.Int.pipe(Schema.positive())

/**
 * Sub-agents. The tool `delegate` has a sub-agent do something and gives its answer: `{ agent, sessionId, reason,
 * ticks, answer, error }`. The usage of the sub-agent is taken off the budget of the run. Several calls of one turn run
 * concurrently.
 *
 * @since 0.1.0
 * @category subsystems
 */
export const delegation = Subsystem.closedOver<Agents | Journal>()(
  Subsystem.make({
    name: "delegation",
    limits,
    relations: [["reportMsMax < subAgentMsMax", ({ reportMsMax, subAgentMsMax }) => reportMsMax < subAgentMsMax]],
    act: {
      tools: (tool) => [
        tool({
          name: toolName,
          description:
            "Has a sub-agent do a part of the work, on its own and with a share of your budget, and gives you its answer. It knows " +
            "nothing of your conversation: say everything it needs. It cannot ask a person for an approval. Delegate several parts " +
            "in one turn to have them done at the same time.",
          input: Schema.Struct({
            objective: Schema.NonEmptyString.annotations({
              description: "what is to be done, and what the answer has to say"
            }),
            name: Schema.optional(
              Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9 _-]{1,64}$/)).annotations({
                description: "a short name for it, such as reader"
              })
            ),
            capabilities: Schema.optional(
              Schema.NonEmptyArray(CapabilityPattern).annotations({
                description:
                  "what it may do, such as fs:read:/docs/**; default: everything you may do without an approval"
              })
            ),
            budget: Schema.optional(
              Schema.Struct({
                tokens: Schema.optional(positive),
                ticks: Schema.optional(positive),
                toolCalls: Schema.optional(Schema.NonNegativeInt)
              })
            )
          }).annotations({
            examples: [{ objective: "Read docs/ and list every page without an example.", name: "reader" }]
          }),
          annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false, parallel: true },
          timeoutMs: limits.subAgentMsMax + limits.reportMsMax,
          capabilities: () => ["agents:spawn:child"],
          execute: delegate
        })
      ]
    }
  })
)
