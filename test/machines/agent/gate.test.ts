import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type CallEffect, defaultModeThresholds, operatingModes } from "../../../src/layers/aios/index.js"
import { agentSnapshot, type AgentSnapshot, modes, TickGate } from "../../../src/machines/index.js"
import { decide, effects, gauges, leadingTo, regulate, run } from "./support.js"

interface Call {
  readonly effect: CallEffect
  readonly granted: boolean
}

/** The verdicts on the calls of one tick; what may run is counted. */
const verdicts = (snapshot: AgentSnapshot, pressure: number, calls: ReadonlyArray<Call>) => {
  const gate = new TickGate(snapshot, gauges({ sideEffectPressure: pressure }))
  return calls.map(({ effect, granted }) => {
    const verdict = granted ? "run" : gate.verdict(effect)
    if (verdict === "run") gate.admit(effect)
    return verdict
  })
}

const many = (times: number, effect: CallEffect): ReadonlyArray<Call> =>
  Array.from({ length: times }, () => ({ effect, granted: false }))

const call = fc.record({ effect: fc.constantFrom(...effects), granted: fc.boolean() })

describe("the gate", () => {
  it("the gate lets nothing run without the tag of the mode, unless a person approved it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...operatingModes),
        fc.array(call, { maxLength: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (mode, calls, pressure) => {
          const tags: ReadonlyArray<string> = modes[mode].tags
          verdicts(agentSnapshot(mode), pressure, calls).forEach((verdict, index) => {
            const { effect, granted } = calls[index] ?? { effect: "reads", granted: false }
            if (verdict === "run") assert.isTrue(granted || tags.includes(effect), `${effect} ran in ${mode}`)
            if (granted) assert.strictEqual(verdict, "run")
          })
        }
      ),
      { numRuns: 1_000 }
    )
  })

  it("the gate lets a machine that is frozen in Explore change nothing, for any facts", () => {
    const frozen = agentSnapshot("Explore", { phase: "decide" })
    for (const effect of ["changes", "destroys"] as const) {
      assert.deepStrictEqual(verdicts(frozen, 0, many(3, effect)), ["mode", "mode", "mode"])
    }
  })

  it("the gate lets at most ten calls and five changes run in a tick, and defers the rest of the turn", () => {
    const calm = agentSnapshot("Execute", { thresholds: { pressureByChange: 0 } })
    const count = (calls: ReadonlyArray<Call>) => verdicts(calm, 0, calls).filter((verdict) => verdict === "run").length
    assert.strictEqual(count(many(40, "reads")), defaultModeThresholds.callsPerTickMax)
    assert.strictEqual(count(many(40, "changes")), defaultModeThresholds.changesPerTickMax)
    assert.deepStrictEqual(verdicts(calm, 0, [...many(10, "reads"), ...many(2, "reads")]).slice(-2), ["later", "later"])
  })

  it("the gate lets no more of forty changes in one turn pass than of forty turns with one change", () => {
    const passed = (snapshot: AgentSnapshot) =>
      verdicts(snapshot, 0, many(40, "destroys")).filter((verdict) => verdict === "run").length
    let single = 0
    let snapshot: AgentSnapshot = agentSnapshot("Execute", { phase: "decide" })
    let pressure = 0
    for (let turn = 0; turn < 40; turn++) {
      if (verdicts(snapshot, pressure, many(1, "destroys"))[0] === "run") {
        single++
        pressure = Math.round((pressure + 0.2) * 10_000) / 10_000
      }
      const facts = { gauges: gauges({ sideEffectPressure: pressure }), unverified: single }
      snapshot = run(
        snapshot,
        decide(facts),
        { type: "Act" },
        { type: "Observe", unverified: single },
        { type: "Learn" },
        regulate(facts),
        { type: "Report" },
        { type: "Perceive", news: false },
        { type: "Orient" }
      )
    }
    assert.strictEqual(single, 4)
    assert.strictEqual(passed(agentSnapshot("Execute")), single)
  })

  it("the gate keeps the order of a turn: nothing overtakes a call that is deferred", () => {
    fc.assert(
      fc.property(fc.array(call, { maxLength: 50 }), (calls) => {
        const all = verdicts(agentSnapshot("Execute"), 0, calls)
        const first = all.indexOf("later")
        if (first < 0) return
        all.slice(first).forEach((verdict, index) => {
          assert.strictEqual(verdict, calls[first + index]?.granted ? "run" : "later")
        })
      })
    )
  })

  it("the gate defers changes while a person is asked, and lets reads in front of them run", () => {
    const asking = run(agentSnapshot("Execute", { phase: "regulate" }), regulate(leadingTo.AskHuman))
    const calls = [...many(1, "reads"), ...many(1, "changes"), ...many(1, "reads")]
    assert.deepStrictEqual(verdicts(asking, 0, calls), ["run", "later", "later"])
  })
})
