/**
 * Mutants of what the modes let through, and of what a tick may do.
 */
import { Effect } from "effect"
import { vi } from "vitest"
import { ActorSystem } from "../../../src/actors/ActorSystem.js"
import * as Decide from "../../../src/actors/tick/decide.js"
import { ScriptedModel } from "../../../src/layers/arcan/index.js"
import { defaultModeThresholds } from "../../../src/layers/aios/schema/ModeThresholds.js"
import { TickGate } from "../../../src/machines/agent/gate.js"
import * as Unverified from "../../../src/machines/unverified.js"
import type { Mutant, Program } from "./Mutant.js"

const { decide } = Decide
const { verified } = Unverified

const forgetful: typeof verified = (state, toolName, result) => {
  const next = verified(state, toolName, result)
  if (result.changes !== undefined || result.reads === undefined) return next
  const { unverified: _, ...rest } = next
  return rest
}

// One turn with more calls than a tick carries out.
const busy: Program = Effect.flatMap(ActorSystem, (system) =>
  Effect.flatMap(system.spawn({ name: "agent", sessionId: "agent" }), (agent) => agent.run("Look around."))
)

const manyLooks = ScriptedModel.layer((_, turn) =>
  turn > 0
    ? { content: "Seen." }
    : {
        toolCalls: Array.from({ length: defaultModeThresholds.callsPerTickMax + 1 }, (_, n) => ({
          callId: `${n}`,
          toolName: "look",
          input: { n }
        }))
      }
)

const undeferred = () =>
  void vi.spyOn(Decide, "decide").mockImplementation((mind, ports) =>
    Effect.map(decide(mind, ports), (decision) => ({
      ...decision,
      conclude: (next) => {
        const { deferred: _, ...intent } = decision.conclude(next)
        return intent
      }
    }))
  )

export const modeMutants: ReadonlyArray<Mutant> = [
  {
    name: "a mode lets every tool through",
    sabotage: () => void vi.spyOn(TickGate.prototype, "verdict").mockReturnValue("run")
  },
  { name: "a call that a mode defers is started", sabotage: undeferred },
  {
    name: "a call beyond the limit of a tick is started",
    program: busy,
    faults: [],
    model: manyLooks,
    sabotage: undeferred
  },
  {
    name: "Verify forgets its changes at any read",
    sabotage: () => void vi.spyOn(Unverified, "verified").mockImplementation(forgetful)
  }
]
