import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import {
  type AgentStateVector,
  Homeostat,
  initialVector,
  type Measurement,
  type StepOutcome
} from "../../../src/layers/aios/index.js"
import { Autonomic } from "../../../src/layers/autonomic/index.js"
import { agentSnapshot, ruleFor, rules } from "../../../src/machines/index.js"

const measurement = (outcomes: ReadonlyArray<StepOutcome>, more: Partial<Measurement> = {}): Measurement => ({
  outcomes,
  contextTokens: 1_000,
  contextWindowTokens: 200_000,
  pendingApprovals: 0,
  finished: false,
  ...more
})

/** The mode that the agent machine chooses for a vector. */
const modeFor = ({ thresholds }: typeof Homeostat.Service, gauges: AgentStateVector, waiting = 0) =>
  rules[
    ruleFor(
      { type: "Regulate", gauges, waiting, unverified: 0, over: false },
      agentSnapshot("Execute", { thresholds }).context
    )
  ].mode

const after = (outcomes: ReadonlyArray<StepOutcome>, more?: Partial<Measurement>) =>
  Effect.map(Homeostat, (homeostat) => {
    const vector = homeostat.measure(initialVector, measurement(outcomes, more))
    return { vector, mode: modeFor(homeostat, vector) }
  })

const repeat = (outcome: StepOutcome, times: number): Array<StepOutcome> => Array.from({ length: times }, () => outcome)

describe("homeostasis", () => {
  it.layer(Autonomic.layer())((it) => {
    it.effect("homeostasis starts uncertain, in Explore, and gains confidence with the first success", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after([])).mode, "Explore")
        const { mode, vector } = yield* after(["check"])
        assert.strictEqual(vector.uncertainty, 0.595)
        assert.strictEqual(mode, "Execute")
      })
    )

    it.effect("homeostasis does not end an agent after nine successes, nor after ninety", () =>
      Effect.gen(function* () {
        for (const times of [9, 90]) {
          const { mode, vector } = yield* after(repeat("check", times))
          assert.strictEqual(mode, "Execute")
          assert.isBelow(vector.progress, 0.98)
        }
      })
    )

    it.effect("homeostasis sleeps only when the goal check has passed", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after(["check"], { finished: true })).mode, "Sleep")
      })
    )

    it.effect("homeostasis enters Verify at the fourth change in a row and leaves it with one check", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after(repeat("change", 3))).mode, "Execute")
        assert.strictEqual((yield* after(repeat("change", 4))).mode, "Verify")
        assert.strictEqual((yield* after([...repeat("change", 4), "check"])).mode, "Execute")
      })
    )

    it.effect("homeostasis enters Recover at the third error in a row and leaves it with the first success", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after([...repeat("check", 9), ...repeat("failure", 2)])).mode, "Execute")
        assert.strictEqual((yield* after(repeat("failure", 3))).mode, "Recover")
        assert.notStrictEqual((yield* after([...repeat("failure", 3), "check"])).mode, "Recover")
      })
    )

    it.effect("homeostasis takes one unknown outcome for a whole streak of errors", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after([...repeat("check", 9), "unknown"])).mode, "Recover")
      })
    )

    it.effect("homeostasis explores again when the context is nearly full", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* after(repeat("check", 9), { contextTokens: 170_000 })).mode, "Explore")
      })
    )

    it.effect("homeostasis refuses thresholds by which an open run sleeps, calls wait for ever, or a rule is off", () =>
      Effect.gen(function* () {
        for (const [wrong, message] of [
          [{ sleepProgress: 0.97 }, /sleepProgress must be greater than progressByCallsMax/],
          [{ callsPerTickMax: 0 }, /callsPerTickMax must be at least 1/],
          [{ changesPerTickMax: 0 }, /changesPerTickMax must be at least 1/],
          [{ errorStreakMax: 0 }, /errorStreakMax must be at least 1/],
          [{ errorStreakMax: Number.NaN }, /errorStreakMax is NaN; use a whole number/],
          [{ pressureByChange: Number.NaN }, /pressureByChange is NaN; use a number from 0 to 1/],
          [{ verifySideEffectPressure: 5 }, /verifySideEffectPressure is 5; use a number from 0 to 1/],
          [{ progressGain: -1 }, /progressGain is -1; use a number from 0 to 1/],
          [JSON.parse('{ "progresGain": 0.1 }'), /there is no threshold progresGain; did you mean progressGain\?/]
        ] as const) {
          const error = yield* Effect.flip(Layer.build(Autonomic.layer(wrong)))
          assert.strictEqual(error._tag, "ThresholdsError")
          assert.match(error.message, message)
        }
      }).pipe(Effect.scoped)
    )

    it.effect("homeostasis asks before anything else while approvals are outstanding", () =>
      Effect.gen(function* () {
        const homeostat = yield* Homeostat
        const vector = homeostat.measure(initialVector, measurement(repeat("failure", 5), { pendingApprovals: 1 }))
        assert.strictEqual(vector.humanDependency, 1)
        assert.strictEqual(modeFor(homeostat, vector, 1), "AskHuman")
      })
    )
  })
})
