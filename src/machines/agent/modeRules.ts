/**
 * The rules that choose an agent's mode, by name: the mode, the condition, and the reason of each.
 *
 * @since 0.1.0
 */
import type { AgentStateVector, ModeThresholds, OperatingMode, TickPhase, Withheld } from "../../layers/aios/index.js"

/**
 * Facts about the whole agent at the end of Decide and of Regulate. No fact is a mode.
 *
 * @since 0.1.0
 * @category models
 */
export interface Facts {
  readonly gauges: AgentStateVector
  /** Calls that wait for the approval of a person. */
  readonly waiting: number
  /** Changes that no check has read since they were made. */
  readonly unverified: number
  /** The effect that an adviser withholds. */
  readonly withheld?: Withheld | undefined
  /**
   * The reason why no run goes on, such as `no run is open` or `the run ends: completed`; `false` while a run goes on.
   */
  readonly over: false | string
}

/**
 * The events of the agent machine. Each completes the phase it is named after and carries the facts of that phase.
 *
 * - `Perceive`: `news` is true if something wakes the agent
 * - `Decide`: `granted` counts the calls that a person has approved and that are carried out now
 * - `Observe`: `unverified` counts as in {@link Facts}
 *
 * @since 0.1.0
 * @category models
 */
export type AgentEvent =
  | { readonly type: "Perceive"; readonly news: boolean }
  | { readonly type: "Orient" }
  | ({ readonly type: "Decide"; readonly granted: number } & Facts)
  | { readonly type: "Act" }
  | { readonly type: "Observe"; readonly unverified: number }
  | { readonly type: "Learn" }
  | ({ readonly type: "Regulate" } & Facts)
  | { readonly type: "Report" }

/**
 * An event that chooses the mode.
 *
 * @since 0.1.0
 * @category models
 */
export type Choice = Extract<AgentEvent, { readonly type: "Decide" | "Regulate" }>

/**
 * Memory of the machine besides the mode.
 *
 * - `phase`: the phase the agent is in
 * - `unverified`: changes that no check has read since they were made
 * - `checkOwed`: the agent entered Verify, and earlier changes are still unverified; another mode in between does not
 *   clear it
 * - `thresholds`: the numbers of the rules; they come from the configuration, never from the journal
 *
 * @since 0.1.0
 * @category models
 */
export interface AgentContext {
  readonly phase: TickPhase
  readonly unverified: number
  readonly checkOwed: boolean
  readonly thresholds: ModeThresholds
}

interface Rule {
  readonly mode: OperatingMode
  readonly description: string
  readonly holds: (event: Choice, context: AgentContext) => boolean
  readonly reason: (event: Choice, context: AgentContext) => string
}

const reached = (gauge: string, value: number, threshold: number) => `${gauge} ${value} has reached ${threshold}`

/**
 * The rules of Decide and Regulate in their order: the first rule that holds chooses the mode, and the last always
 * holds. Regulate has no granted calls, so its first rule is `approvalsOutstanding`.
 *
 * @since 0.1.0
 * @category constants
 */
export const rules = {
  granted: {
    mode: "Execute",
    description: "A person has approved calls. They are carried out, however uncertain the agent is.",
    holds: (event) => event.type === "Decide" && event.granted > 0,
    reason: (event) =>
      event.type === "Decide" && event.granted > 1 ? `${event.granted} calls were approved` : "a call was approved"
  },
  approvalsOutstanding: {
    mode: "AskHuman",
    description: "Calls need the approval of a person.",
    holds: ({ waiting }) => waiting > 0,
    reason: ({ type, waiting }) =>
      type === "Decide" ? "calls need an approval" : `${waiting} approvals are outstanding`
  },
  runOver: {
    mode: "Sleep",
    description: "No run is open, or the open one has to end.",
    holds: ({ over }) => over !== false,
    reason: ({ over }) => String(over)
  },
  errorStreakReached: {
    mode: "Recover",
    description: "Too many errors in a row.",
    holds: ({ gauges }, { thresholds }) => gauges.errorStreak >= thresholds.errorStreakMax,
    reason: ({ gauges }, { thresholds }) => reached("error streak", gauges.errorStreak, thresholds.errorStreakMax)
  },
  changesWithheld: {
    mode: "Explore",
    description: "An adviser has changes withheld.",
    holds: ({ withheld }) => withheld !== undefined,
    reason: ({ withheld }) => (withheld === undefined ? "" : `${withheld.ruleId}: ${withheld.reason}`)
  },
  goalReached: {
    mode: "Sleep",
    description: "The goal check has passed.",
    holds: ({ gauges }, { thresholds }) => gauges.progress >= thresholds.sleepProgress,
    reason: ({ gauges }, { thresholds }) => reached("progress", gauges.progress, thresholds.sleepProgress)
  },
  contextPressed: {
    mode: "Explore",
    description: "The conversation fills the context window.",
    holds: ({ gauges }, { thresholds }) => gauges.contextPressure > thresholds.exploreContextPressure,
    reason: ({ gauges }, { thresholds }) =>
      reached("context pressure", gauges.contextPressure, thresholds.exploreContextPressure)
  },
  uncertain: {
    mode: "Explore",
    description: "The agent knows too little to change anything.",
    holds: ({ gauges }, { thresholds }) => gauges.uncertainty > thresholds.exploreUncertainty,
    reason: ({ gauges }, { thresholds }) => reached("uncertainty", gauges.uncertainty, thresholds.exploreUncertainty)
  },
  changesPressed: {
    mode: "Verify",
    description: "Much was changed since the last check.",
    holds: ({ gauges }, { thresholds }) => gauges.sideEffectPressure > thresholds.verifySideEffectPressure,
    reason: ({ gauges }, { thresholds }) =>
      reached("side-effect pressure", gauges.sideEffectPressure, thresholds.verifySideEffectPressure)
  },
  changesUnverified: {
    mode: "Verify",
    description: "A check is owed: changes from before Verify are still unread.",
    holds: ({ unverified }, { checkOwed }) => checkOwed && unverified > 0,
    reason: ({ unverified }) => `${unverified} ${unverified === 1 ? "change is" : "changes are"} unverified`
  },
  inRange: {
    mode: "Execute",
    description: "All gauges are in range.",
    holds: () => true,
    reason: () => "all gauges are in range"
  }
} as const satisfies { readonly [name: string]: Rule }

/**
 * The name of a rule that chooses the mode.
 *
 * @since 0.1.0
 * @category models
 */
export type ModeRule = keyof typeof rules

/**
 * The names of the rules, in their order.
 *
 * @since 0.1.0
 * @category constants
 */
export const ruleNames = Object.keys(rules) as ReadonlyArray<ModeRule>

/**
 * The rule by which news wakes a sleeping agent, in Perceive.
 *
 * @since 0.1.0
 * @category constants
 */
export const wakeRule = {
  name: "newsPerceived",
  mode: "Explore",
  description: "Something new wakes the agent.",
  reason: "something new was perceived"
} as const

/**
 * The first rule that holds: the choice of the machine for these facts.
 *
 * @since 0.1.0
 * @category getters
 */
export const ruleFor = (event: Choice, context: AgentContext): ModeRule =>
  ruleNames.find((name) => rules[name].holds(event, context)) ?? "inRange"
