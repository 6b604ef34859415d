/**
 * The facts of a folded state, by which the agent machine chooses the mode.
 *
 * @since 0.1.0
 */
import {
  type AgentState,
  defaultModeThresholds,
  endingOf,
  initialVector,
  type ModeThresholds,
  type OperatingMode
} from "../../layers/aios/index.js"
import { type AgentSnapshot, eventOfPhase, snapshotOf } from "./machine.js"
import { type AgentEvent, type Choice, type Facts, type ModeRule, ruleFor, rules } from "./modeRules.js"

/**
 * The facts of a state. `waiting` counts the calls that wait for a person.
 *
 * @since 0.1.0
 * @category getters
 */
export const factsOf = (state: AgentState, waiting: number = waitingCalls(state)): Facts => ({
  gauges: state.vector,
  waiting,
  unverified: state.unverified?.length ?? 0,
  ...(state.withheld === undefined ? {} : { withheld: state.withheld }),
  over: overOf(state)
})

const waitingCalls = ({ calls }: AgentState): number => calls.filter(({ status }) => status === "gated").length

const overOf = (state: AgentState): Facts["over"] => {
  const ending = endingOf(state)
  if (ending !== undefined) return `the run ends: ${"reason" in ending ? ending.reason : "error"}`
  return state.run === undefined ? "no run is open" : false
}

/**
 * Tells if something wakes the agent: news, or a run that goes on, because the run of a sleeping agent would never end.
 *
 * @since 0.1.0
 * @category predicates
 */
export const hasNews = (state: AgentState): boolean => state.unperceived > 0 || overOf(state) === false

/**
 * The rule that Regulate would follow now, with its reason: it explains why an agent is in its mode, or leaves it.
 *
 * @since 0.1.0
 * @category getters
 */
export const ruleNow = (
  state: AgentState,
  thresholds: ModeThresholds = defaultModeThresholds
): { readonly rule: ModeRule; readonly mode: OperatingMode; readonly reason: string } => {
  const event = { type: "Regulate", ...factsOf(state) } as const
  const { context } = snapshotOf(state, thresholds)
  const rule = ruleFor(event, context)
  return { rule, mode: rules[rule].mode, reason: rules[rule].reason(event, context) }
}

/**
 * The event that completes the phase of a state. It carries the facts of the state if they make the machine choose the
 * mode of the journal, and otherwise facts that lead to that mode. The two may differ, because the thresholds of an
 * agent are not in its journal, and earlier versions had other rules.
 *
 * @since 0.1.0
 * @category conversions
 */
export const eventLeadingTo = (
  mode: OperatingMode,
  from: Pick<AgentSnapshot, "value" | "context">,
  state: AgentState
): AgentEvent => {
  const type = eventOfPhase(from.context.phase)
  const facts = factsOf(state)
  // If a check is owed, Verify would come before Execute.
  const leading = { ...forced[mode], unverified: from.context.checkOwed ? 0 : facts.unverified }
  const either = (known: Choice, leading: Choice): Choice =>
    from.value === "Sleep" || rules[ruleFor(known, from.context)].mode === mode ? known : leading
  switch (type) {
    case "Perceive":
      return { type, news: from.value === "Sleep" ? mode !== "Sleep" : hasNews(state) }
    case "Observe":
      return { type, unverified: facts.unverified }
    case "Decide":
      return either({ type, granted: granted(state), ...facts }, { type, granted: 0, ...leading })
    case "Regulate":
      return either({ type, ...facts }, { type, ...leading })
    default:
      return { type }
  }
}

const granted = ({ calls }: AgentState): number => calls.filter(({ status }) => status === "granted").length

const calm: Facts = {
  gauges: { ...initialVector, uncertainty: 0 },
  waiting: 0,
  unverified: 0,
  over: false
}

const forced: { readonly [mode in OperatingMode]: Facts } = {
  Explore: { ...calm, gauges: { ...calm.gauges, uncertainty: 1 } },
  Execute: calm,
  Verify: { ...calm, gauges: { ...calm.gauges, sideEffectPressure: 1 } },
  Recover: { ...calm, gauges: { ...calm.gauges, errorStreak: Number.MAX_SAFE_INTEGER } },
  AskHuman: { ...calm, waiting: 1 },
  Sleep: { ...calm, over: "the run ends" }
}
