import { assert, describe, it } from "@effect/vitest"
import { Limits } from "../../src/layers/aios/index.js"
import {
  type ChildFailed,
  makeStepper,
  type RestartOrder,
  type StepAction,
  type SupervisionOptions,
  supervisionFlaw,
  supervisorMachine
} from "../../src/machines/index.js"
import { initialTransition } from "xstate"

const start = (options: Partial<SupervisionOptions>) => {
  const step = makeStepper(supervisorMachine)
  let snapshot = initialTransition(supervisorMachine, options)[0]
  return (at: number, restart = true, how: Pick<ChildFailed, "journal" | "repeated"> = {}) => {
    const result = step(snapshot, { type: "ChildFailed", child: "a", at, restart, ...how })
    snapshot = result.snapshot
    return result.actions[0]
  }
}

const order = (action: StepAction | undefined) => action?.params as RestartOrder

describe("the supervisor machine", () => {
  it("the supervisor machine doubles the delay from restart to restart up to its bound", () => {
    const fail = start({ restartsMax: 5, withinMs: 1_000, backoffMs: 100, backoffMsMax: 500 })
    const delays = [1, 2, 3, 4].map((at) => order(fail(at)).delayMs)
    assert.deepStrictEqual(delays, [100, 200, 400, 500])
  })

  it("the supervisor machine escalates at one restart more than the intensity allows", () => {
    const fail = start({ restartsMax: 2, withinMs: 1_000 })
    assert.deepStrictEqual(
      [fail(1), fail(2), fail(3)].map((action) => action?.type),
      ["restartChildren", "restartChildren", "escalate"]
    )
  })

  it("the supervisor machine forgets restarts that lie outside the window", () => {
    const fail = start({ restartsMax: 1, withinMs: 1_000, backoffMs: 100 })
    assert.strictEqual(fail(0)?.type, "restartChildren")
    const later = fail(1_000)
    assert.strictEqual(later?.type, "restartChildren")
    assert.strictEqual(order(later).delayMs, 100)
  })

  it("the supervisor machine takes the default for an option that is undefined", () => {
    // @ts-expect-error -- as from a program that is compiled without exactOptionalPropertyTypes
    const fail = start({ restartsMax: undefined, backoffMs: undefined })
    assert.strictEqual(order(fail(1)).delayMs, 100)
  })

  it("the supervisor machine drops a temporary child instead of restarting it", () => {
    assert.strictEqual(start({})(1, false)?.type, "dropChild")
  })

  it("the supervisor machine escalates when a child makes no progress over many restarts, however far apart", () => {
    const fail = start({ restartsMax: 2, withinMs: 1_000 })
    const types = [0, 1, 2].map((repeated) => fail(repeated * 10_000, true, { repeated })?.type)
    assert.deepStrictEqual(types, ["restartChildren", "restartChildren", "escalate"])
  })

  it("the supervisor machine restarts a child alone and counts no restart while the journal is unavailable", () => {
    const fail = start({ restartsMax: 1, withinMs: 60_000, strategy: "one-for-all", backoffMs: 100 })
    for (const repeated of [0, 1, Limits.journalRetriesMax - 1]) {
      const action = fail(repeated, true, { journal: true, repeated })
      assert.deepStrictEqual(order(action), { scope: "failed", delayMs: Limits.journalRetryEveryMs })
    }
    assert.deepStrictEqual(order(fail(1)), { scope: "all", delayMs: 100 })
    const late = start({ restartsMax: 1 })(0, true, { journal: true, repeated: Limits.journalRetriesMax })
    assert.strictEqual(late?.type, "escalate")
    assert.strictEqual(start({})(1, false, { journal: true })?.type, "dropChild")
  })

  it("the options of a supervisor are checked: an unknown name, and a number out of its range", () => {
    assert.isUndefined(supervisionFlaw({}))
    assert.isUndefined(supervisionFlaw({ strategy: "one-for-all", restartsMax: 0, withinMs: Infinity, backoffMs: 0 }))
    for (const [name, value] of Object.entries({
      strategy: "all",
      restartsMax: -1,
      withinMs: 0,
      backoffMs: Number.NaN,
      backoffMsMax: Infinity,
      intensity: 3
    })) {
      assert.include(supervisionFlaw({ [name]: value }), name)
    }
  })

  it("the supervisor machine restarts the children that the strategy names", () => {
    const scope = (strategy: SupervisionOptions["strategy"]) => order(start({ strategy })(1)).scope
    assert.strictEqual(scope("one-for-one"), "failed")
    assert.strictEqual(scope("one-for-all"), "all")
    assert.strictEqual(scope("rest-for-one"), "failed-and-later")
  })
})
