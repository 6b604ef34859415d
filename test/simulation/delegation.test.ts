/** Sub-agents and death: no work is done twice, and no sub-agent is left behind. */
import { afterEach, assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer } from "effect"
import { ActorSystem } from "../../src/actors/ActorSystem.js"
import { limits } from "../../src/layers/arcan/delegation/limits.js"
import { ScriptedModel } from "../../src/layers/arcan/index.js"
import type { Autonomic } from "../../src/layers/autonomic/index.js"
import { Praxis } from "../../src/layers/praxis/index.js"
import { Simulation } from "../../src/simulation/index.js"
import { breathe } from "../support/breathe.js"
import { ofType } from "../support/story.js"
import { confident } from "../support/world.js"

afterEach(breathe)

// As many as there may be, in one tick: a sub-agent counts as a change, and a tick makes fewer by default.
const unhurried: Partial<Autonomic.Thresholds> = {
  ...confident,
  changesPerTickMax: limits.subAgentsMax,
  verifySideEffectPressure: 1
}
const parts = Array.from({ length: limits.subAgentsMax }, (_, index) => `Part ${index}`)

const model = ScriptedModel.layer(({ messages }, turn) => {
  const isLead = messages[0]?.role === "user" && messages[0].content === "Lead."
  return Effect.delay(
    Effect.succeed(
      isLead && turn === 0
        ? { toolCalls: parts.flatMap((objective) => ScriptedModel.call("delegate", { objective }).toolCalls ?? []) }
        : !isLead && turn < 2
          ? ScriptedModel.call("memory_query", { scope: "session", limit: turn + 1 })
          : { content: "Done." }
    ),
    "1 second"
  )
})

const program = Effect.gen(function* () {
  const system = yield* ActorSystem
  const lead = yield* system.get("lead").pipe(Effect.orElse(() => system.spawn({ name: "lead", sessionId: "lead" })))
  const { lastRun, run } = yield* lead.snapshot
  return run === undefined && lastRun === undefined ? yield* lead.run("Lead.") : yield* lead.outcome
}).pipe(Effect.retry({ while: ({ _tag }) => _tag === "JournalError", times: 20 }))

describe("a sub-agent that never ends", () => {
  it("a sub-agent that never ends is cancelled when its time is up, and the run goes on", () => {
    const endless = ScriptedModel.layer(({ messages }, turn) => {
      const isLead = messages[0]?.role === "user" && messages[0].content === "Lead."
      if (isLead) return turn === 0 ? ScriptedModel.call("delegate", { objective: "A" }) : { content: "Went on." }
      return Effect.delay(Effect.succeed({ content: "Never." }), "10 days")
    })
    const { exit, history, virtualMs } = Simulation.run(program, {
      seed: 1,
      thresholds: confident,
      model: endless,
      tools: Layer.orDie(Praxis.layerWithoutFiles())
    })
    assert.isTrue(exit !== undefined && Exit.isSuccess(exit) && exit.value.finalAnswer === "Went on.")
    // Half of the five minutes that a run has.
    assert.isAtMost(virtualMs, 151_000)
    const child = history.sessions.find(({ sessionId }) => sessionId.startsWith("sub-"))
    assert.strictEqual(child?.state.lastRun?.reason, "cancelled")
    const [result] = ofType(history.session("lead")?.records ?? [], "ToolResult")
    assert.deepInclude(result?.output, { reason: "cancelled" })
  })
})

describe("a process that dies while sub-agents are at work", () => {
  it("the sub-agents of a dead process are found again, and no work is done twice", { timeout: 120_000 }, () => {
    let crashes = 0
    for (let seed = 1; seed <= 25; seed++) {
      const result = Simulation.run(program, {
        seed,
        faults: ["crash", "journal-lost-reply"],
        thresholds: unhurried,
        model,
        tools: Layer.orDie(Praxis.layerWithoutFiles())
      })
      assert.deepStrictEqual(result.violations, [], `seed ${seed}`)
      crashes += result.faults.crash ?? 0
      const { sessions } = result.history
      const helpers = sessions.filter(({ sessionId }) => sessionId.startsWith("sub-"))
      assert.lengthOf(helpers, parts.length, `seed ${seed}`)
      for (const { records, state } of helpers) {
        assert.lengthOf(ofType(records, "RunStarted"), 1, `seed ${seed}`)
        assert.strictEqual(state.lastRun?.finalAnswer, "Done.", `seed ${seed}`)
        assert.isTrue(state.closed, `seed ${seed}`)
        // A closed session is not taken up again for an answer that it already has.
        assert.lengthOf(ofType(records, "SessionClosed"), 1, `seed ${seed}`)
      }
      const lead = sessions.find(({ sessionId }) => sessionId === "lead")
      const answers = ofType(lead?.records ?? [], "ToolResult").map(({ status }) => status)
      assert.deepStrictEqual(
        answers,
        parts.map(() => "ok"),
        `seed ${seed}`
      )
    }
    assert.isAbove(crashes, 10)
  })
})
