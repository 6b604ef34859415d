/**
 * The mind of an agent: six operating modes as states, eight tick phases as events.
 *
 * The machine is pure. It says which phase comes next, which mode holds and what is to be recorded; the interpreter in
 * `actors/` carries that out. It also runs under a stock `createActor` and imports into Stately Studio.
 *
 * @since 0.1.0
 */
import { assign, setup, type SnapshotFrom } from "xstate"
import {
  nextPhase,
  type OperatingMode,
  operatingModes,
  type Plan,
  type TickPhase,
  tickPhases
} from "../layers/aios/index.js"

/**
 * What the machine remembers besides the mode: the phase the agent is in and how many ticks it has completed.
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentContext {
  readonly phase: TickPhase
  readonly tick: number
}

/**
 * The events of the machine. Each one completes the phase it is named after; an event of any other phase is refused,
 * that is, the snapshot stays the same.
 *
 * - `Perceive`: `news` says whether anything new was perceived; only that wakes a sleeping agent
 * - `Decide`: the plan for Act and the mode to carry it out in
 * - `Regulate`: the mode homeostasis asks for
 *
 * @since 0.1.0
 * @category models
 */
export type AgentEvent =
  | { readonly type: "Perceive"; readonly news: boolean }
  | { readonly type: "Orient" }
  | { readonly type: "Decide"; readonly plan: Plan; readonly mode: OperatingMode; readonly reason: string }
  | { readonly type: "Act" }
  | { readonly type: "Observe" }
  | { readonly type: "Learn" }
  | { readonly type: "Regulate"; readonly mode: OperatingMode; readonly reason: string }
  | { readonly type: "Report" }

/**
 * The name of the event that completes a phase.
 *
 * @since 0.1.0
 * @category combinators
 */
export const eventOfPhase = (phase: TickPhase): AgentEvent["type"] =>
  (phase[0]?.toUpperCase() + phase.slice(1)) as AgentEvent["type"]

const step = { guard: "inOrder", actions: ["advance", "enterPhase"] } as const

const chooseMode = operatingModes.map((mode) => ({
  guard: { type: "chooses" as const, params: { mode } },
  target: `#agent.${mode}` as const,
  actions: ["changeMode" as const, "advance" as const, "enterPhase" as const]
}))

const steps = { Orient: step, Act: step, Observe: step, Learn: step, Report: step } as const

const awake = { on: { ...steps, Perceive: step, Decide: chooseMode, Regulate: chooseMode } } as const

/**
 * The agent machine. Every mode takes all eight events; `Decide` and `Regulate` may change the mode, and `Perceive`
 * with news wakes `Sleep` into `Explore`. No state is final.
 *
 * Its actions are data for the interpreter: `changeMode` records a mode change, `enterPhase` records the next phase.
 *
 * @since 0.1.0
 * @category machines
 * @example
 * ```ts
 * import { agentMachine } from "life-agent-os/machines"
 * import { createActor } from "xstate"
 *
 * const actor = createActor(agentMachine).start()
 * actor.send({ type: "Perceive", news: true })
 * actor.getSnapshot().context.phase // "orient"
 * ```
 */
export const agentMachine = setup({
  types: {
    context: {} as AgentContext,
    events: {} as AgentEvent,
    input: {} as Partial<AgentContext> | undefined
  },
  guards: {
    inOrder: ({ context, event }) => event.type === eventNames[context.phase],
    wakes: ({ context, event }) => context.phase === "perceive" && event.type === "Perceive" && event.news,
    chooses: ({ context, event }, params: { readonly mode: OperatingMode }) =>
      event.type === eventNames[context.phase] && "mode" in event && event.mode === params.mode
  },
  actions: {
    advance: assign(({ context }) => ({
      phase: nextPhase(context.phase),
      tick: context.phase === "report" ? context.tick + 1 : context.tick
    })),
    enterPhase: () => {},
    changeMode: () => {}
  }
}).createMachine({
  id: "agent",
  context: ({ input }) => ({ phase: input?.phase ?? "perceive", tick: input?.tick ?? 0 }),
  initial: "Explore",
  states: {
    Explore: awake,
    Execute: awake,
    Verify: awake,
    Recover: awake,
    AskHuman: awake,
    Sleep: {
      on: {
        ...steps,
        Perceive: [
          { guard: "wakes", target: "#agent.Explore", actions: ["changeMode", "advance", "enterPhase"] },
          step
        ],
        Decide: step,
        Regulate: step
      }
    }
  }
})

const eventNames = Object.fromEntries(tickPhases.map((phase) => [phase, eventOfPhase(phase)])) as {
  readonly [phase in TickPhase]: AgentEvent["type"]
}

/**
 * A snapshot of the agent machine.
 *
 * @since 0.1.0
 * @category models
 */
export type AgentSnapshot = SnapshotFrom<typeof agentMachine>

/**
 * The snapshot of an agent in a mode and phase, without running through the events that led there.
 *
 * @since 0.1.0
 * @category constructors
 */
export const agentSnapshot = (mode: OperatingMode, context: AgentContext): AgentSnapshot =>
  agentMachine.resolveState({ value: mode, context })
