/** Messages from single records, and the definitions of the machines as text. */
import { assert, describe, it } from "@effect/vitest"
import { type AnyStateMachine, createMachine } from "xstate"
import { type EventRecord, type InspectedEvent, operatingModes } from "../../src/layers/aios/index.js"
import { initialState } from "../../src/layers/aios/schema/AgentState.js"
import { agentMachine } from "../../src/machines/index.js"
import { actorInspection, definitionOf, inspectionsOf } from "../../src/machines/inspection.js"
import { sessionFold } from "../../src/machines/SessionFold.js"
import { supervisorMachine } from "../../src/machines/supervisor.js"
import { checkRun, events, snapshots } from "../support/inspections.js"
import { record } from "../support/record.js"

const tell = (...records: ReadonlyArray<EventRecord>) => {
  let session = sessionFold.initial
  return records.flatMap((each) => {
    const before = session
    session = sessionFold.step(before, each)
    return inspectionsOf(before, each, session)
  })
}

const withoutFacts = ({ gauges: _, granted: _g, over: _o, unverified: _u, waiting: _w, ...event }: InspectedEvent) =>
  event

describe("a record of several phases", () => {
  const messages = tell(
    record(1, { type: "UserMessage", content: "Hello." }, { type: "user" }),
    record(2, { type: "PhaseEntered", phase: "decide", passed: ["orient"] }),
    record(3, { type: "ModeChanged", from: "Explore", to: "Execute", reason: "sure enough" }),
    record(4, { type: "PhaseEntered", phase: "observe", passed: ["act"], plan: "rest" })
  )

  it("a record of several phases gives an event and a snapshot for each, with its time and sequence", () => {
    assert.deepStrictEqual(
      events(messages).map(({ createdAt, event }) => [createdAt, withoutFacts(event)]),
      [
        ["1767225600005", { type: "UserMessage", content: "Hello.", sequence: 1 }],
        ["1767225600005", { type: "Perceive", news: true, sequence: 2 }],
        ["1767225600005", { type: "Orient", sequence: 2 }],
        ["1767225600005", { type: "ModeChanged", from: "Explore", to: "Execute", reason: "sure enough", sequence: 3 }],
        ["1767225600005", { type: "Decide", plan: "rest", mode: "Execute", reason: "sure enough", sequence: 4 }],
        ["1767225600005", { type: "Act", sequence: 4 }]
      ]
    )
    assert.deepStrictEqual(
      snapshots(messages).map(({ event, snapshot: { context, value } }) => [event.type, value, context["phase"]]),
      [
        ["UserMessage", "Explore", "perceive"],
        ["Perceive", "Explore", "orient"],
        ["Orient", "Explore", "decide"],
        ["Decide", "Execute", "act"],
        ["Act", "Execute", "observe"]
      ]
    )
    assert.strictEqual(checkRun([actorInspection("s", initialState, 0), ...messages.slice(2)]), 4)
  })
})

describe("a record of anything else", () => {
  it("a record gives its fields, and a snapshot only where something of the agent changed", () => {
    const [message, ...rest] = tell(record(1, { type: "PolicyEvaluated", callId: "c", decision: "allow", ruleId: "r" }))
    assert.lengthOf(rest, 0)
    assert.deepInclude(message, {
      type: "@xstate.event",
      event: { type: "PolicyEvaluated", callId: "c", decision: "allow", ruleId: "r", sequence: 1 }
    })
  })

  it("a record that this version cannot read is told by its text", () => {
    const [message] = tell(
      record(1, { type: "Raw", of: "Dreamt", raw: '{"type":"Dreamt","of":"sheep"}', flaw: "unknown type" })
    )
    assert.deepInclude(message, {
      event: { type: "Dreamt", raw: '{"type":"Dreamt","of":"sheep"}', flaw: "unknown type", sequence: 1 }
    })
  })

  it("a message names its sender if that is another agent or the supervisor, and none for a person", () => {
    const senders = events(
      tell(
        record(1, { type: "UserMessage", content: "From ada." }, { type: "user", component: "ada" }),
        record(2, { type: "UserMessage", content: "From a friend." }, { type: "agent", component: "friend" }),
        record(3, { type: "SessionResumed" }, { type: "system" }),
        record(4, { type: "RunErrored", runId: "r", error: "own" })
      )
    ).map(({ sourceId }) => sourceId)
    assert.deepStrictEqual(senders, [undefined, "friend", "life", undefined])
  })
})

describe("the definition of a machine", () => {
  const transitionsOf = (machine: AnyStateMachine) =>
    Object.values(machine.root.states).map((node) => ({
      state: node.key,
      final: node.type === "final",
      on: [...node.transitions].map(([event, transitions]) => [
        event,
        transitions.map(({ target }) => target?.map(({ key }) => key))
      ])
    }))

  it("the definition of a machine is JSON that makes the same states and transitions again", () => {
    for (const machine of [agentMachine, supervisorMachine]) {
      const text = definitionOf(machine)
      const again = createMachine(JSON.parse(text))
      assert.deepStrictEqual(transitionsOf(again), transitionsOf(machine))
      assert.strictEqual(again.id, machine.id)
      assert.strictEqual(definitionOf(again), text)
      assert.strictEqual(again.root.initial.target[0]?.key, machine.root.initial.target[0]?.key)
    }
    assert.deepStrictEqual(Object.keys(createMachine(JSON.parse(definitionOf(agentMachine))).states), [
      ...operatingModes
    ])
  })
})
