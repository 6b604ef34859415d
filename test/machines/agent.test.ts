import { assert, describe, it } from "@effect/vitest"
import { operatingModes, tickPhases } from "../../src/layers/aios/index.js"
import {
  type AgentEvent,
  agentMachine,
  agentSnapshot,
  type AgentSnapshot,
  eventOfPhase,
  makeStepper
} from "../../src/machines/index.js"
import { createActor, transition } from "xstate"
import { getAdjacencyMap, getShortestPaths } from "xstate/graph"

const events = (): Array<AgentEvent> => [
  { type: "Perceive", news: true },
  { type: "Perceive", news: false },
  { type: "Orient" },
  ...operatingModes.map((mode): AgentEvent => ({ type: "Decide", plan: "think", mode, reason: "" })),
  { type: "Act" },
  { type: "Observe" },
  { type: "Learn" },
  ...operatingModes.map((mode): AgentEvent => ({ type: "Regulate", mode, reason: "" })),
  { type: "Report" }
]

// The tick counter grows for ever; the shape does not depend on it.
const serializeState = (snapshot: { value: unknown; context: { phase: string } }) =>
  `${String(snapshot.value)}/${snapshot.context.phase}`

interface Edge {
  readonly event: AgentEvent
  readonly state: AgentSnapshot
}

const edges = () =>
  Object.values(getAdjacencyMap(agentMachine, explore)).map(({ state, transitions }) => ({
    state: state as AgentSnapshot,
    transitions: Object.values(transitions) as Array<Edge>
  }))

const explore = { events, serializeState, limit: 10_000 } as never

describe("the agent machine", () => {
  it("reaches every mode in every phase, 6 x 8 pairs, and nothing else", () => {
    const reached = getShortestPaths(agentMachine, explore)
      .map(({ state }) => serializeState(state as never))
      .toSorted()
    const expected = operatingModes.flatMap((mode) => tickPhases.map((phase) => `${mode}/${phase}`)).toSorted()
    assert.deepStrictEqual(reached, expected)
  })

  it("advances on the event of the phase it is in, and on no other", () => {
    for (const { state, transitions } of edges()) {
      for (const { event, state: next } of transitions) {
        const moved = serializeState(next) !== serializeState(state)
        assert.strictEqual(
          moved,
          event.type === eventOfPhase(state.context.phase),
          `${serializeState(state)} on ${event.type}`
        )
      }
    }
  })

  it("changes mode only in Decide, in Regulate, and in Perceive when news wakes it", () => {
    for (const { state, transitions } of edges()) {
      for (const { event, state: next } of transitions) {
        if (next.value === state.value) continue
        assert.isTrue(state.value === "Sleep" ? event.type === "Perceive" : ["Decide", "Regulate"].includes(event.type))
      }
    }
  })

  it("sleeps through everything but news", () => {
    const step = makeStepper(agentMachine)
    let snapshot = agentSnapshot("Sleep", { phase: "perceive", tick: 7 })
    for (const event of [
      { type: "Perceive", news: false },
      { type: "Orient" },
      { type: "Decide", plan: "think", mode: "Execute", reason: "" },
      { type: "Act" },
      { type: "Observe" },
      { type: "Learn" },
      { type: "Regulate", mode: "Execute", reason: "" },
      { type: "Report" }
    ] satisfies Array<AgentEvent>) {
      snapshot = step(snapshot, event).snapshot
      assert.strictEqual(snapshot.value, "Sleep")
    }
    assert.deepStrictEqual(snapshot.context, { phase: "perceive", tick: 8 })
    assert.strictEqual(step(snapshot, { type: "Perceive", news: true }).snapshot.value, "Explore")
  })

  it("runs under a stock actor and survives a round trip through JSON", () => {
    const actor = createActor(agentMachine).start()
    actor.send({ type: "Perceive", news: true })
    actor.send({ type: "Orient" })
    actor.send({ type: "Decide", plan: "think", mode: "Verify", reason: "" })
    const stored: unknown = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()))
    const restored = createActor(agentMachine, { snapshot: stored as never }).start()
    restored.send({ type: "Act" })
    assert.strictEqual(restored.getSnapshot().value, "Verify")
    assert.strictEqual(restored.getSnapshot().context.phase, "observe")
  })
})

describe("the stepper", () => {
  it("gives the snapshots and actions that XState's own transition gives", () => {
    const step = makeStepper(agentMachine)
    for (const { state } of edges()) {
      for (const event of events()) {
        const [snapshot, actions] = transition(agentMachine, state, event)
        const mine = step(state, event)
        assert.deepStrictEqual(JSON.stringify(mine.snapshot), JSON.stringify(snapshot))
        assert.deepStrictEqual(
          mine.actions.map(({ type }) => type),
          actions.map(({ type }) => type)
        )
        assert.strictEqual(mine.accepted, snapshot !== state || actions.length > 0)
      }
    }
  })

  it("hands a refused event's snapshot back as it is", () => {
    const step = makeStepper(agentMachine)
    const snapshot = agentSnapshot("Execute", { phase: "act", tick: 3 })
    const refused = step(snapshot, { type: "Orient" })
    assert.strictEqual(refused.snapshot, snapshot)
    assert.isFalse(refused.accepted)
  })
})
