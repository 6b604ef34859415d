/**
 * The tool `delegate`: a sub-agent for a part of the work.
 *
 * @since 0.1.0
 */
import { Effect, Schema } from "effect"
import { Capability, Limits, ToolError } from "../../aios/index.js"
import * as Tool from "../Tool.js"

// A sub-agent whose time is up says what it has come to; that it says nothing at all is another matter.
const farewellMs = 60_000

const positive = Schema.Int.pipe(Schema.positive())

/**
 * `delegate`: has a sub-agent do something and gives its answer: `{ agent, sessionId, reason, answer, error, ticks }`. What
 * the sub-agent uses is taken off the budget of the run. Several calls of one turn run side by side.
 *
 * @since 0.1.0
 * @category constructors
 */
export const delegate: Tool.Tool = Tool.make({
  name: "delegate",
  description:
    "Has a sub-agent do a part of the work, on its own and with a share of your budget, and gives you its answer. It knows " +
    "nothing of your conversation: say everything it needs. It cannot ask anybody for an approval. Delegate several parts " +
    "in one turn to have them done at the same time.",
  input: Schema.Struct({
    objective: Schema.NonEmptyString.annotations({ description: "what is to be done, and what the answer has to say" }),
    name: Schema.optional(
      Schema.String.pipe(Schema.pattern(/^[A-Za-z0-9 _-]{1,64}$/)).annotations({
        description: "a short name for it, such as reader"
      })
    ),
    capabilities: Schema.optional(
      Schema.NonEmptyArray(Capability).annotations({
        description: "what it may do, such as fs:read:/docs/**; everything you may do without asking, unless given"
      })
    ),
    budget: Schema.optional(
      Schema.Struct({
        tokens: Schema.optional(positive),
        ticks: Schema.optional(positive),
        toolCalls: Schema.optional(Schema.NonNegativeInt)
      })
    )
  }).annotations({ examples: [{ objective: "Read docs/ and list every page without an example.", name: "reader" }] }),
  annotations: { readOnly: false, destructive: false, idempotent: true, openWorld: false, parallel: true },
  timeoutMs: Limits.subAgentMsMax + farewellMs,
  capabilities: () => ["agents:spawn:child"],
  execute: ({ budget = {}, capabilities, name, objective }, context) =>
    Effect.gen(function* () {
      if (context.delegate === undefined) {
        return yield* new ToolError({
          toolName: "delegate",
          reason: "Unavailable",
          message: "there are no sub-agents here; do it yourself"
        })
      }
      const { ticks, tokens, toolCalls } = budget
      const {
        name: agent,
        toolCalls: calls,
        costUsd,
        usage,
        ...outcome
      } = yield* context.delegate({
        objective,
        ...(name === undefined ? {} : { name }),
        ...(capabilities === undefined ? {} : { capabilities }),
        budget: {
          ...(tokens === undefined ? {} : { tokensRemaining: tokens }),
          ...(ticks === undefined ? {} : { ticksRemaining: ticks }),
          ...(toolCalls === undefined ? {} : { toolCallsRemaining: toolCalls })
        }
      })
      return { output: { agent, ...outcome }, used: { costUsd, usage, ticks: outcome.ticks, toolCalls: calls } }
    })
})
