/**
 * Facts for the agent machine, and the events that lead through it.
 */
import type { AgentStateVector, CallEffect, OperatingMode } from "../../../src/layers/aios/index.js"
import { initialVector } from "../../../src/layers/aios/index.js"
import {
  type AgentEvent,
  type AgentSnapshot,
  type Choice,
  type Facts,
  makeStepper
} from "../../../src/machines/index.js"
import { agentMachine } from "../../../src/machines/index.js"

export const step = makeStepper(agentMachine)

/** Facts in which only `inRange` holds. */
export const calm: Facts = {
  gauges: { ...initialVector, uncertainty: 0.1 },
  waiting: 0,
  unverified: 0,
  over: false
}

export const gauges = (change: Partial<AgentStateVector>): AgentStateVector => ({ ...calm.gauges, ...change })

/** For each mode, facts by which the first rule that holds leads there. */
export const leadingTo: { readonly [mode in OperatingMode]: Partial<Facts> } = {
  Explore: { gauges: gauges({ uncertainty: 0.9 }) },
  Execute: {},
  Verify: { gauges: gauges({ sideEffectPressure: 0.8 }), unverified: 2 },
  Recover: { gauges: gauges({ errorStreak: 3 }) },
  AskHuman: { waiting: 1 },
  Sleep: { over: "no run is open" }
}

export const decide = (facts: Partial<Facts> = {}, granted = 0): Choice => ({
  type: "Decide",
  granted,
  ...calm,
  ...facts
})

export const regulate = (facts: Partial<Facts> = {}): Choice => ({ type: "Regulate", ...calm, ...facts })

/** Every kind of event, with facts for every mode. */
export const alphabet = (): Array<AgentEvent> => [
  { type: "Perceive", news: true },
  { type: "Perceive", news: false },
  { type: "Orient" },
  ...Object.values(leadingTo).flatMap((facts) => [decide(facts), regulate(facts)]),
  decide({ gauges: gauges({ uncertainty: 0.9 }) }, 1),
  { type: "Act" },
  { type: "Observe", unverified: 0 },
  { type: "Observe", unverified: 3 },
  { type: "Learn" },
  { type: "Report" }
]

/** The rule that a step named, if it chose a mode. */
export const chosen = (actions: ReturnType<typeof step>["actions"]): string | undefined =>
  (actions.find(({ type }) => type === "choose")?.params as { readonly rule: string } | undefined)?.rule

export const run = (from: AgentSnapshot, ...events: ReadonlyArray<AgentEvent>): AgentSnapshot =>
  events.reduce((snapshot, event) => step(snapshot, event).snapshot, from)

export const effects: ReadonlyArray<CallEffect> = ["reads", "changes", "destroys"]
