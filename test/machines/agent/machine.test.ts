import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { createActor, transition } from "xstate"
import { getShortestPaths } from "xstate/graph"
import {
  defaultModeThresholds,
  nextPhase,
  type OperatingMode,
  operatingModes,
  tickPhases
} from "../../../src/layers/aios/index.js"
import {
  type AgentEvent,
  agentMachine,
  agentSharing,
  agentSnapshot,
  type AgentSnapshot,
  type Choice,
  eventOfPhase,
  makeSharedStepper,
  modes,
  ruleNames,
  rules,
  wakeRule
} from "../../../src/machines/index.js"
import { alphabet, calm, chosen, decide, gauges, leadingTo, regulate, run, step } from "./support.js"

const place = ({ context, value }: AgentSnapshot) => `${value}/${context.phase}`
const serializeState = (snapshot: AgentSnapshot) =>
  `${place(snapshot)}/${snapshot.context.unverified}/${snapshot.context.checkOwed}`

const reached = (): ReadonlyArray<AgentSnapshot> =>
  getShortestPaths(agentMachine, { events: alphabet, serializeState, limit: 100_000 } as never).map(
    ({ state }) => state as AgentSnapshot
  )

describe("the agent machine", () => {
  it("the agent machine reaches every mode in every phase, 6 x 8 pairs, and nothing else", () => {
    const pairs = [...new Set(reached().map(place))].toSorted()
    assert.deepStrictEqual(
      pairs,
      operatingModes.flatMap((mode) => tickPhases.map((phase) => `${mode}/${phase}`)).toSorted()
    )
  })

  it("the agent machine advances on the event of its phase, and refuses every other without a change", () => {
    for (const state of reached()) {
      for (const event of [...alphabet(), { type: "Nonsense" } as never as AgentEvent]) {
        const { accepted, actions, snapshot } = step(state, event)
        if (event.type === eventOfPhase(state.context.phase)) {
          assert.strictEqual(snapshot.context.phase, nextPhase(state.context.phase))
          assert.notInclude(
            actions.map(({ type }) => type),
            "refuse"
          )
        } else {
          assert.strictEqual(snapshot, state, `${place(state)} on ${event.type}`)
          assert.deepStrictEqual(
            actions.map(({ type }) => type),
            ["refuse"]
          )
          assert.isTrue(accepted)
        }
      }
    }
  })

  it("the agent machine changes its mode only in Decide, in Regulate, and in Perceive when news wakes it", () => {
    for (const state of reached()) {
      for (const event of alphabet()) {
        const { snapshot } = step(state, event)
        if (snapshot.value === state.value) continue
        assert.isTrue(state.value === "Sleep" ? event.type === "Perceive" : ["Decide", "Regulate"].includes(event.type))
      }
    }
  })

  it("the agent machine can be led from every awake mode to every other by facts alone", () => {
    for (const from of operatingModes.filter((mode) => mode !== "Sleep")) {
      for (const to of operatingModes) {
        for (const [phase, event] of [
          ["decide", decide(leadingTo[to])],
          ["regulate", regulate(leadingTo[to])]
        ] as const) {
          assert.strictEqual(step(agentSnapshot(from, { phase }), event).snapshot.value, to, `${from} in ${phase}`)
        }
      }
    }
  })

  it("the agent machine sleeps through everything but news", () => {
    const asleep = run(
      agentSnapshot("Sleep"),
      { type: "Perceive", news: false },
      { type: "Orient" },
      decide(),
      { type: "Act" },
      { type: "Observe", unverified: 0 },
      { type: "Learn" },
      regulate(),
      { type: "Report" }
    )
    assert.strictEqual(asleep.value, "Sleep")
    assert.deepStrictEqual(asleep.context, {
      phase: "perceive",
      unverified: 0,
      checkOwed: false,
      thresholds: defaultModeThresholds
    })
    const woken = step(asleep, { type: "Perceive", news: true })
    assert.strictEqual(woken.snapshot.value, "Explore")
    assert.strictEqual(chosen(woken.actions), wakeRule.name)
  })

  it("the agent machine takes the same steps where they are shared and remembered", () => {
    const { share, step: shared } = makeSharedStepper(agentMachine, agentSharing)
    for (const state of reached()) {
      // Each event comes twice: its step is computed, then remembered.
      for (const event of [...alphabet(), ...alphabet()]) {
        const plain = step(state, event)
        const made = shared(share(state), event)
        assert.deepStrictEqual(made.snapshot.toJSON(), plain.snapshot.toJSON(), JSON.stringify(event))
        assert.deepStrictEqual([made.actions, made.accepted], [plain.actions, plain.accepted])
        assert.strictEqual(share(made.snapshot), made.snapshot)
      }
    }
  })

  it("the agent machine names the rule that held, also where the mode stays", () => {
    const stays = step(agentSnapshot("Execute", { phase: "regulate" }), regulate())
    assert.strictEqual(chosen(stays.actions), "inRange")
    const changes = step(agentSnapshot("Execute", { phase: "regulate" }), regulate(leadingTo.Recover))
    assert.strictEqual(chosen(changes.actions), "errorStreakReached")
    assert.include(
      changes.actions.map(({ type }) => type),
      "tripBreaker"
    )
  })

  it("the agent machine trips the breaker when it enters Recover, and not while Recover lasts", () => {
    const trips = (from: OperatingMode) =>
      step(agentSnapshot(from, { phase: "regulate" }), regulate(leadingTo.Recover)).actions.some(
        ({ type }) => type === "tripBreaker"
      )
    assert.isTrue(trips("Execute"))
    assert.isFalse(trips("Recover"))
  })

  it("the agent machine owes a check from Verify on until nothing is unverified, on every way", () => {
    let snapshot = step(agentSnapshot("Execute", { phase: "regulate" }), regulate(leadingTo.Verify)).snapshot
    assert.deepStrictEqual([snapshot.value, snapshot.context.checkOwed], ["Verify", true])
    const tick = (facts: Parameters<typeof regulate>[0], unverified: number): AgentSnapshot =>
      run(
        { ...snapshot, context: { ...snapshot.context, phase: "perceive" } } as AgentSnapshot,
        { type: "Perceive", news: false },
        { type: "Orient" },
        decide({ ...facts, unverified }),
        { type: "Act" },
        { type: "Observe", unverified },
        { type: "Learn" },
        regulate({ ...facts, unverified })
      )
    // A detour through Recover keeps the debt; low pressure does not pay it.
    snapshot = tick(leadingTo.Recover, 2)
    assert.deepStrictEqual([snapshot.value, snapshot.context.checkOwed], ["Recover", true])
    snapshot = tick({}, 1)
    assert.deepStrictEqual([snapshot.value, snapshot.context.checkOwed], ["Verify", true])
    snapshot = tick({}, 0)
    assert.deepStrictEqual([snapshot.value, snapshot.context.checkOwed], ["Execute", false])
  })

  it("the agent machine throws the refusal under a stock actor, and survives a round trip through JSON", () => {
    const actor = createActor(agentMachine).start()
    actor.send({ type: "Perceive", news: true })
    actor.send({ type: "Orient" })
    actor.send(decide(leadingTo.Verify))
    const stored: unknown = JSON.parse(JSON.stringify(actor.getPersistedSnapshot()))
    const restored = createActor(agentMachine, { snapshot: stored as never })
    const errors: Array<unknown> = []
    restored.subscribe({ error: (error) => errors.push(error) })
    restored.start()
    restored.send({ type: "Act" })
    assert.deepStrictEqual([restored.getSnapshot().value, restored.getSnapshot().context.phase], ["Verify", "observe"])
    restored.send({ type: "Orient" })
    assert.strictEqual(restored.getSnapshot().status, "error")
    assert.include(String(errors[0]), "refuses Orient: the agent is in phase observe, which Observe completes")
  })
})

describe("the rules", () => {
  const near = (threshold: number) =>
    fc.oneof(fc.constantFrom(threshold - 1e-4, threshold, threshold + 1e-4), fc.double({ min: 0, max: 1, noNaN: true }))
  const t = defaultModeThresholds
  const facts = fc.record({
    gauges: fc
      .record({
        errorStreak: fc.nat({ max: 6 }),
        progress: near(t.sleepProgress),
        contextPressure: near(t.exploreContextPressure),
        uncertainty: near(t.exploreUncertainty),
        sideEffectPressure: near(t.verifySideEffectPressure)
      })
      .map(gauges),
    waiting: fc.nat({ max: 2 }),
    unverified: fc.nat({ max: 2 }),
    over: fc.constantFrom(false as const, "no run is open", "the run ends: completed")
  })

  // The arithmetic of the aiOS kernel contract, written again without the machine.
  const expected = (event: Choice, checkOwed: boolean): OperatingMode => {
    const { gauges: g, over, unverified, waiting } = event
    if (event.type === "Decide" && event.granted > 0) return "Execute"
    if (waiting > 0) return "AskHuman"
    if (over !== false) return "Sleep"
    if (g.errorStreak >= 3) return "Recover"
    if (g.progress >= 0.98) return "Sleep"
    if (g.contextPressure > 0.8 || g.uncertainty > 0.65) return "Explore"
    return g.sideEffectPressure > 0.6 || (checkOwed && unverified > 0) ? "Verify" : "Execute"
  }

  it("the rules choose what the contract's arithmetic chooses, for any facts from any mode", () => {
    fc.assert(
      fc.property(
        facts,
        fc.nat({ max: 1 }),
        fc.constantFrom(...operatingModes.filter((mode) => mode !== "Sleep")),
        fc.boolean(),
        (known, granted, mode, checkOwed) => {
          for (const [phase, event] of [
            ["decide", decide(known, granted)],
            ["regulate", regulate(known)]
          ] as const) {
            const { actions, snapshot } = step(agentSnapshot(mode, { phase, checkOwed, unverified: 2 }), event)
            assert.strictEqual(snapshot.value, expected(event, checkOwed))
            const rule = chosen(actions) as keyof typeof rules
            assert.strictEqual(rules[rule].mode, snapshot.value)
            assert.notStrictEqual(rules[rule].reason(event, snapshot.context), "")
          }
        }
      ),
      { numRuns: 2_000 }
    )
  })

  it("the rules are all reachable, and the last one holds for any facts", () => {
    const fired = new Set<string>()
    for (const event of [
      decide({}, 1),
      ...Object.values(leadingTo).map((known) => regulate(known)),
      regulate({ gauges: gauges({ contextPressure: 0.9 }) }),
      regulate({ gauges: gauges({ progress: 1 }) }),
      regulate({ unverified: 1 }),
      regulate({ withheld: { effect: "changes", ruleId: "spendcap:capped", reason: "the cap is reached" } })
    ]) {
      const phase = event.type === "Decide" ? "decide" : "regulate"
      const from = agentSnapshot("Execute", { phase, checkOwed: event.unverified === 1, unverified: event.unverified })
      fired.add(chosen(step(from, event).actions) ?? "")
    }
    assert.deepStrictEqual([...fired].toSorted(), [...ruleNames].toSorted())
    assert.strictEqual(ruleNames.at(-1), "inRange")
    assert.isTrue(rules.inRange.holds())
  })

  it("each transition describes its rule, and each state describes its mode and has the mode's tags", () => {
    for (const mode of operatingModes) {
      const node = agentMachine.states[mode]
      assert.strictEqual(node?.description, modes[mode].description)
      assert.deepStrictEqual(node?.tags, modes[mode].tags as never)
      for (const transitions of node?.transitions.values() ?? []) {
        for (const { description } of transitions) assert.match(String(description), /\.$/)
      }
    }
    assert.deepStrictEqual(calm.gauges.riskLevel, "low")
  })
})

describe("the stepper", () => {
  it("the stepper gives the snapshots and actions that XState's own transition gives", () => {
    for (const state of reached().slice(0, 60)) {
      for (const event of alphabet()) {
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
})
