/**
 * Mutants of approvals and of what stops an agent that repeats itself.
 */
import { Effect, Either } from "effect"
import { vi } from "vitest"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import * as Approving from "../../../src/actors/commands/approvals.js"
import { deliver } from "../../../src/actors/agent/mailbox.js"
import * as Repetition from "../../../src/actors/tick/repetition.js"
import { ApprovalError } from "../../../src/layers/aios/index.js"
import * as Grant from "../../../src/layers/aios/schema/Grant.js"
import type { EventKind } from "../../../src/layers/aios/events/EventKind.js"
import { LiveAgent } from "../../../src/actors/agent/Session.js"
import { ScriptedModel } from "../../../src/layers/arcan/index.js"
import type { Mutant, Program } from "./Mutant.js"

const { emit } = LiveAgent.prototype

const stubborn: Program = Effect.flatMap(ActorSystem, (system) =>
  Effect.flatMap(system.spawn({ name: "agent", sessionId: "agent" }), (agent) => agent.run("Look."))
)

const oneIdea = ScriptedModel.layer((_, turn) => ({
  toolCalls: [{ callId: `${turn}`, toolName: "look", input: { n: 1 } }]
}))

export const approvalMutants: ReadonlyArray<Mutant> = [
  {
    name: "a timeout grants",
    sabotage: () =>
      void vi.spyOn(Approving, "denyOverdue").mockImplementation((runtime, agent) =>
        deliver(runtime, agent, { type: "system" }, ApprovalError, ({ calls }) => {
          const kinds = calls.flatMap(
            ({ approvalId, status }): Array<EventKind> =>
              status === "gated" && approvalId !== undefined
                ? [{ type: "ApprovalGranted", approvalId, actor: "timeout" }]
                : []
          )
          return Either.right({ kinds, value: undefined })
        })
      )
  },
  {
    name: "nothing happens when the time for an answer is over",
    sabotage: () => void vi.spyOn(Approving, "denyOverdue").mockImplementation(() => Effect.succeed(undefined))
  },
  {
    name: "a standing grant covers everything",
    sabotage: () => void vi.spyOn(Grant, "grantCovers").mockImplementation(() => true)
  },
  {
    name: "the arguments that a person changed are forgotten",
    sabotage: () =>
      void vi.spyOn(LiveAgent.prototype, "emit").mockImplementation(function (this: LiveAgent, kinds, actor, span) {
        const before = this.state.calls
        emit.call(this, kinds, actor, span)
        if (!kinds.some(({ type }) => type === "ApprovalGranted")) return
        const calls = this.state.calls.map((call, index) => ({ ...call, input: before[index]?.input ?? null }))
        this.made = { ...this.made, state: { ...this.state, calls } }
      })
  },
  {
    name: "an agent goes round in circles",
    program: stubborn,
    faults: [],
    model: oneIdea,
    sabotage: () => void vi.spyOn(Repetition, "repetitionOf").mockImplementation(() => ({ kinds: [], stops: false }))
  }
]
