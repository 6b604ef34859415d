/**
 * The agent machine: six operating modes as states, eight tick phases as events, and the rules between them.
 *
 * Invariants:
 * - An event completes the phase it is named after and carries facts. No event names a mode.
 * - In Decide and Regulate the first rule that holds chooses the mode; the last rule always holds.
 * - The tags of a mode are its permissions. The gate asks the snapshot and nothing else.
 * - Every event has a transition. The transition of an event out of order is `refuse`.
 *
 * The machine is pure: its actions are data for the interpreter in `actors/`. It also runs under a stock `createActor`
 * and imports into Stately Studio.
 *
 * @since 0.1.0
 */
import { Schema } from "effect"
import { assign, setup, type SnapshotFrom } from "xstate"
import {
  type AgentState,
  defaultModeThresholds,
  lifeCode,
  type ModeThresholds,
  nextPhase,
  type OperatingMode,
  TickPhase,
  tickPhases
} from "../../layers/aios/index.js"
import { modes, type ModeTag } from "./modes.js"
import type { Sharing } from "../stepper.js"
import { type AgentContext, type AgentEvent, type ModeRule, ruleNames, rules, wakeRule } from "./modeRules.js"

/**
 * Input of a new machine.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentInput extends Partial<Omit<AgentContext, "thresholds">> {
  readonly thresholds?: Partial<ModeThresholds>
}

/**
 * The name of the event that completes a phase.
 *
 * @since 0.1.0
 * @category combinators
 */
export const eventOfPhase = (phase: TickPhase): AgentEvent["type"] => eventNames[phase]

const eventNames = Object.fromEntries(
  tickPhases.map((phase) => [phase, `${phase[0]?.toUpperCase()}${phase.slice(1)}`])
) as { readonly [phase in TickPhase]: AgentEvent["type"] }

/**
 * An event that the machine refuses: the agent is in a phase that another event completes.
 *
 * @since 0.1.0
 * @category errors
 */
export class RefusedEvent extends Schema.TaggedError<RefusedEvent>("life-agent-os/RefusedEvent")("RefusedEvent", {
  event: Schema.String,
  phase: TickPhase,
  message: Schema.String
}) {
  get code() {
    return lifeCode(this)
  }
}

/**
 * The refusal of an event in a phase.
 *
 * @since 0.1.0
 * @category constructors
 */
export const refusedEvent = (event: string, phase: TickPhase): RefusedEvent =>
  new RefusedEvent({
    event,
    phase,
    message: `the agent machine refuses ${event}: the agent is in phase ${phase}, which ${eventOfPhase(phase)} completes`
  })

// The refusal comes first, so that no rule has to check the phase.
const refused = {
  guard: "outOfOrder",
  description: "Refused: the agent is in another phase.",
  actions: "refuse"
} as const

const completing = (description: string) => [refused, { description, actions: "advance" }] as const

const choosing = <R extends ModeRule>(name: R) => ({
  guard: name,
  target: `#agent.${rules[name].mode}` as const,
  description: rules[name].description,
  actions: [{ type: "choose" as const, params: { rule: name } }, "advance" as const]
})

const decide = [refused, ...ruleNames.map(choosing)] as const
const regulate = [refused, ...ruleNames.filter((name) => name !== "granted").map(choosing)] as const

const tick = {
  Perceive: completing("News is taken in."),
  Orient: completing("The context is compiled."),
  Act: completing("The plan is carried out."),
  Observe: completing("Changes and checks are counted."),
  Learn: completing("Events are recorded for later."),
  Report: completing("The tick ends.")
} as const

const awake = { ...tick, Decide: decide, Regulate: regulate } as const

const advanced = ({ checkOwed, phase }: AgentContext, event: AgentEvent): Partial<AgentContext> =>
  "unverified" in event
    ? { phase: nextPhase(phase), unverified: event.unverified, checkOwed: checkOwed && event.unverified > 0 }
    : { phase: nextPhase(phase) }

const guardOf =
  (name: ModeRule) =>
  ({ context, event }: { readonly context: AgentContext; readonly event: AgentEvent }): boolean =>
    "gauges" in event && rules[name].holds(event, context)

const contextOf = ({ thresholds, ...known }: AgentInput = {}): AgentContext => ({
  phase: "perceive",
  unverified: 0,
  checkOwed: false,
  ...known,
  thresholds: thresholds === undefined ? defaultModeThresholds : { ...defaultModeThresholds, ...thresholds }
})

/**
 * The agent machine. Every mode takes all eight events. `Decide` and `Regulate` choose the mode by the first rule that
 * holds, and `Perceive` with news wakes `Sleep` into `Explore`. No state is final.
 *
 * Its actions are data for the interpreter: `choose` names the rule that held, even if the mode stays; `tripBreaker`
 * comes with Recover; `refuse` marks an event out of order, and under a stock actor throws {@link RefusedEvent}.
 *
 * @since 0.1.0
 * @category machines
 * @example
 * ```ts
 * import { AgentMachine } from "life-agent-os"
 * import { createActor } from "xstate"
 *
 * const actor = createActor(AgentMachine.agentMachine).start()
 * actor.send({ type: "Perceive", news: true })
 * actor.getSnapshot().context.phase // "orient"
 * actor.getSnapshot().hasTag("changes") // false: Explore only reads
 * ```
 */
export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as AgentInput | undefined,
    tags: {} as ModeTag
  },
  guards: {
    outOfOrder: ({ context, event }) => event.type !== eventNames[context.phase],
    [wakeRule.name]: ({ event }) => event.type === "Perceive" && event.news,
    ...(Object.fromEntries(ruleNames.map((name) => [name, guardOf(name)])) as {
      readonly [name in ModeRule]: ReturnType<typeof guardOf>
    })
  },
  actions: {
    advance: assign(({ context, event }) => advanced(context, event)),
    oweCheck: assign(({ context }) => ({ checkOwed: context.unverified > 0 })),
    choose: (_, _params: { readonly rule: ModeRule | typeof wakeRule.name }) => {},
    tripBreaker: () => {},
    refuse: ({ context, event }) => {
      throw refusedEvent(event.type, context.phase)
    }
  }
}).createMachine({
  id: "agent",
  description:
    "Six modes. A tick passes eight phases; Decide and Regulate choose the mode by the first rule that holds.",
  context: ({ input }) => contextOf(input),
  initial: "Explore",
  on: { "*": { description: "Refused: the machine knows no such event.", actions: "refuse" } },
  states: {
    Explore: { ...modes.Explore, on: awake },
    Execute: { ...modes.Execute, on: awake },
    Verify: { ...modes.Verify, entry: "oweCheck", on: awake },
    Recover: { ...modes.Recover, entry: "tripBreaker", on: awake },
    AskHuman: { ...modes.AskHuman, on: awake },
    Sleep: {
      ...modes.Sleep,
      on: {
        ...tick,
        Perceive: [
          refused,
          {
            guard: wakeRule.name,
            target: `#agent.${wakeRule.mode}`,
            description: wakeRule.description,
            actions: [{ type: "choose", params: { rule: wakeRule.name } }, "advance"]
          },
          { description: "Nothing new; the agent sleeps on.", actions: "advance" }
        ],
        Decide: completing("A sleeping agent decides nothing."),
        Regulate: completing("A sleeping agent stays asleep.")
      }
    }
  }
})

/**
 * A snapshot of the agent machine.
 *
 * @since 0.1.0
 * @category models
 */
export type AgentSnapshot = SnapshotFrom<typeof agentMachine>

/**
 * The snapshot of an agent in a mode, without running through the events that led there. No entry action runs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const agentSnapshot = (mode: OperatingMode, input?: AgentInput): AgentSnapshot =>
  agentMachine.resolveState({ value: mode, context: contextOf(input) })

/**
 * The snapshot of a folded state, which holds the machine's context.
 *
 * @since 0.1.0
 * @category constructors
 */
export const snapshotOf = (state: AgentState, thresholds: ModeThresholds): AgentSnapshot =>
  agentSnapshot(state.mode, contextAt(state, thresholds))

/**
 * The context of the snapshot of a folded state, at a fraction of the snapshot's cost.
 *
 * @since 0.1.0
 * @category constructors
 */
export const contextAt = (
  { checkOwed = false, phase, unverified = [] }: AgentState,
  thresholds: ModeThresholds
): AgentContext => ({ phase, unverified: unverified.length, checkOwed, thresholds })

/**
 * Sharing of snapshots and steps between agents with the same thresholds. A step that chooses the mode depends on many
 * numbers and is computed each time.
 *
 * @since 0.1.0
 * @category constants
 */
export const agentSharing: Sharing<typeof agentMachine> = {
  snapshotKey: ({ context: { checkOwed, phase, unverified }, value }) => `${value} ${phase} ${unverified} ${checkOwed}`,
  eventKey: (event) => {
    switch (event.type) {
      case "Decide":
      case "Regulate":
        return undefined
      case "Perceive":
        return event.news ? "Perceive news" : "Perceive"
      case "Observe":
        return `Observe ${event.unverified}`
      default:
        return event.type
    }
  },
  stepsMax: 4_096
}

/**
 * The reason of a choice, from the rule that held.
 *
 * @since 0.1.0
 * @category getters
 */
export const reasonOf = (rule: ModeRule | typeof wakeRule.name, event: AgentEvent, context: AgentContext): string =>
  rule === wakeRule.name || !("gauges" in event) ? wakeRule.reason : rules[rule].reason(event, context)
