import { assert, describe, it } from "@effect/vitest"
import {
  makeStepper,
  type RestartOrder,
  type StepAction,
  type SupervisionOptions,
  supervisorMachine
} from "../../src/machines/index.js"
import { initialTransition } from "xstate"

const start = (options: Partial<SupervisionOptions>) => {
  const step = makeStepper(supervisorMachine)
  let snapshot = initialTransition(supervisorMachine, options)[0]
  return (at: number, restart = true) => {
    const result = step(snapshot, { type: "ChildFailed", child: "a", at, restart })
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

  it("the supervisor machine drops a temporary child instead of restarting it", () => {
    assert.strictEqual(start({})(1, false)?.type, "dropChild")
  })

  it("the supervisor machine restarts the children that the strategy names", () => {
    const scope = (strategy: SupervisionOptions["strategy"]) => order(start({ strategy })(1)).scope
    assert.strictEqual(scope("one-for-one"), "failed")
    assert.strictEqual(scope("one-for-all"), "all")
    assert.strictEqual(scope("rest-for-one"), "failed-and-later")
  })
})
