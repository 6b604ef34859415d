import { assert, describe, it } from "@effect/vitest"
import { initialTransition } from "xstate"
import { Limits } from "../../src/layers/aios/index.js"
import {
  definitionOf,
  type LifecycleEvent,
  lifecycleMachine,
  lifecycleSharing,
  lifecycleStatus,
  makeSharedStepper
} from "../../src/machines/index.js"

const { share, step } = makeSharedStepper(lifecycleMachine, lifecycleSharing)
const initial = share(initialTransition(lifecycleMachine, {})[0])

/** The snapshot after some events; the machine must accept each. */
const after = (...events: ReadonlyArray<LifecycleEvent | Exclude<LifecycleEvent["type"], "Load" | "Passivate">>) =>
  events.reduce((snapshot, each) => {
    const event = (typeof each === "string" ? { type: each } : each) as LifecycleEvent
    const next = step(snapshot, event)
    assert.isTrue(next.accepted, event.type)
    return next.snapshot
  }, initial)

const load = { type: "Load", broken: false } as const
const actions = (snapshot: ReturnType<typeof after>, event: LifecycleEvent) =>
  step(snapshot, event).actions.map(({ type }) => type)

describe("the lifecycle machine", () => {
  it("the lifecycle machine gives a status for each of its states", () => {
    assert.deepStrictEqual(
      [
        after(),
        after(load),
        after(load, "Loaded"),
        after("Wake"),
        after("Wake", "Halt"),
        after("Suspend"),
        after("Suspend", "Stop"),
        after("Stop", "Closed")
      ].map(lifecycleStatus),
      ["passivated", "loading", "idle", "awake", "awake", "suspended", "stopping", "stopped"]
    )
  })

  it("the lifecycle machine wakes an open agent that no fiber drives, and no other", () => {
    assert.deepStrictEqual(actions(after(), { type: "Wake" }), ["drive"])
    for (const snapshot of [
      after("Wake"),
      after("Wake", "Halt"),
      after("Suspend"),
      after("Stop"),
      after("Stop", "Closed")
    ]) {
      assert.deepStrictEqual(actions(snapshot, { type: "Wake" }), ["stay"])
    }
  })

  it("the lifecycle machine keeps an agent in memory that has a message, a volatile event or a fiber", () => {
    const passivate = { type: "Passivate", settled: true } as const
    const loaded = after(load, "Loaded")
    assert.deepStrictEqual(actions(loaded, passivate), ["forget"])
    assert.deepStrictEqual(actions(loaded, { ...passivate, settled: false }), ["stay"])
    assert.deepStrictEqual(actions(after(load, "Loaded", "Deliver"), passivate), ["stay"])
    assert.deepStrictEqual(actions(after(load, "Loaded", "Wake"), passivate), ["stay"])
  })

  it("the lifecycle machine drops an agent whose fiber ends early, and reads one anew whose append failed", () => {
    assert.strictEqual(after(load, "Loaded", "Wake", "Fail").value.memory, "passivated")
    assert.strictEqual(after(load, "Loaded", "Halt").value.memory, "passivated")
    assert.strictEqual(after(load, "Loaded", "Wake", "Halt", "Halted").value.memory, "passivated")
    assert.deepStrictEqual(actions(after(load, "Loaded"), { type: "Load", broken: true }), ["retire", "read"])
  })

  it("the lifecycle machine takes a bounded number of messages at once, and none during a stop", () => {
    const full = after(...Array.from({ length: Limits.mailboxMessagesMax }, () => "Deliver" as const))
    assert.deepStrictEqual(step(full, { type: "Deliver" }).actions, [
      { type: "refuse", params: { reason: "MailboxFull" } }
    ])
    assert.deepStrictEqual(step(after("Stop"), { type: "Deliver" }).actions, [
      { type: "refuse", params: { reason: "Stopped" } }
    ])
    assert.isFalse(step(after(), { type: "Delivered" }).accepted)
  })

  it("the lifecycle machine goes back to waiting for a restart when a stop failed", () => {
    assert.strictEqual(lifecycleStatus(after("Suspend", "Stop", "StopFailed")), "suspended")
    assert.strictEqual(lifecycleStatus(after("Suspend", "Stop", "Resume", "StopFailed")), "passivated")
    assert.strictEqual(lifecycleStatus(after("Stop", "Suspend", "StopFailed")), "suspended")
  })

  it("the lifecycle machine refuses the end of something that has not begun", () => {
    for (const type of ["Loaded", "LoadFailed", "Rest", "Fail", "Halted", "Closed", "StopFailed", "Commit"] as const) {
      assert.isFalse(step(after(), { type }).accepted, type)
    }
    assert.isFalse(step(after("Wake", "Stop"), { type: "Closed" }).accepted)
    assert.isFalse(step(after("Stop", "Closed"), { type: "Stop" }).accepted)
  })

  it("the lifecycle machine gives one snapshot for all actors in the same state", () => {
    assert.strictEqual(after(load, "Loaded", "Wake", "Rest"), after(load, "Loaded"))
    assert.strictEqual(after("Deliver", "Delivered"), after())
  })

  it("the lifecycle machine names its guards and says why an event changes nothing in its definition", () => {
    const definition = definitionOf(lifecycleMachine)
    for (const words of ["isUnneeded", "a restart is due", "Being read from the journal"])
      assert.include(definition, words)
    assert.notInclude(definition, '"guard":{}')
  })
})
