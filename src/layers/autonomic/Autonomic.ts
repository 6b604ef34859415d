/**
 * Homeostasis: keeps an agent within its bounds by arithmetic on measurements.
 *
 * @since 0.1.0
 */
import { Layer, Schema } from "effect"
import {
  type AgentStateVector,
  defaultModeThresholds,
  lifeCode,
  Homeostat,
  type Measurement,
  type ModeThresholds,
  namesThereAre,
  type RiskLevel,
  type StepOutcome
} from "../aios/index.js"

/**
 * Every number of the mode arithmetic. Gauges run from 0 to 1.
 *
 * The numbers are those of the aiOS kernel contract, with two exceptions that keep an agent from being stuck in a mode.
 * Progress from tool calls approaches `progressByCallsMax` and never reaches `sleepProgress`, so that only the goal
 * check ends a run. Side-effect pressure falls with every check, so that an agent can leave Verify.
 *
 * @since 0.1.0
 * @category models
 */
export interface Thresholds extends ModeThresholds {
  readonly progressGain: number
  readonly progressByCallsMax: number
  readonly uncertaintyDecay: number
  readonly uncertaintyMin: number
  readonly uncertaintyByFailure: number
  readonly uncertaintyByRefusal: number
  readonly pressureDecay: number
  readonly dependencyByErrors: number
  readonly dependencyErrorStreak: number
}

/**
 * @since 0.1.0
 * @category constants
 */
export const defaultThresholds: Thresholds = {
  ...defaultModeThresholds,
  progressGain: 0.12,
  progressByCallsMax: 0.97,
  uncertaintyDecay: 0.85,
  uncertaintyMin: 0.05,
  uncertaintyByFailure: 0.18,
  uncertaintyByRefusal: 0.15,
  pressureDecay: 0.5,
  dependencyByErrors: 0.6,
  dependencyErrorStreak: 2
}

// Four decimals: enough for every threshold, and 0.2 + 0.2 + 0.2 is 0.6 again.
const gauge = (value: number): number => Math.round(Math.min(Math.max(value, 0), 1) * 10_000) / 10_000

const riskOf = (uncertainty: number, pressure: number): RiskLevel =>
  uncertainty > 0.75 || pressure > 0.7 ? "high" : uncertainty > 0.45 || pressure > 0.4 ? "medium" : "low"

const step = (t: Thresholds, vector: AgentStateVector, outcome: StepOutcome): AgentStateVector => {
  const { progress, uncertainty, sideEffectPressure, errorStreak } = vector
  switch (outcome) {
    case "check":
    case "change":
      return {
        ...vector,
        progress: Math.max(progress, progress + t.progressGain * (t.progressByCallsMax - progress)),
        uncertainty: Math.max(uncertainty * t.uncertaintyDecay, t.uncertaintyMin),
        sideEffectPressure: gauge(
          outcome === "change" ? sideEffectPressure + t.pressureByChange : sideEffectPressure * t.pressureDecay
        ),
        errorStreak: 0
      }
    case "failure":
      return { ...vector, uncertainty: gauge(uncertainty + t.uncertaintyByFailure), errorStreak: errorStreak + 1 }
    case "refusal":
      return { ...vector, uncertainty: gauge(uncertainty + t.uncertaintyByRefusal), errorStreak: errorStreak + 1 }
    case "unknown":
      // One unknown outcome counts as a whole streak, so that the agent changes nothing until a check has succeeded.
      return {
        ...vector,
        uncertainty: gauge(uncertainty + t.uncertaintyByFailure),
        errorStreak: Math.max(errorStreak + 1, t.errorStreakMax)
      }
  }
}

const measure = (t: Thresholds, before: AgentStateVector, measurement: Measurement): AgentStateVector => {
  const vector = measurement.outcomes.reduce((current, outcome) => step(t, current, outcome), before)
  const uncertainty = gauge(vector.uncertainty)
  return {
    progress: measurement.finished ? 1 : gauge(vector.progress),
    uncertainty,
    riskLevel: riskOf(uncertainty, vector.sideEffectPressure),
    errorStreak: vector.errorStreak,
    contextPressure: gauge(measurement.contextTokens / measurement.contextWindowTokens),
    sideEffectPressure: gauge(vector.sideEffectPressure),
    humanDependency:
      measurement.pendingApprovals > 0 ? 1 : vector.errorStreak >= t.dependencyErrorStreak ? t.dependencyByErrors : 0
  }
}

/**
 * Error of thresholds that are unknown, out of their range, or contradict each other.
 *
 * @since 0.1.0
 * @category errors
 */
export class ThresholdsError extends Schema.TaggedError<ThresholdsError>("life-agent-os/ThresholdsError")(
  "ThresholdsError",
  {
    /** Says what is wrong and what to change. */
    message: Schema.String
  }
) {
  get code() {
    return lifeCode(this)
  }
}

const counts = ["errorStreakMax", "callsPerTickMax", "changesPerTickMax", "dependencyErrorStreak"]

const isKnown = (name: string): name is keyof Thresholds => Object.hasOwn(defaultThresholds, name)

// A value outside its range, such as NaN, would silently switch off a rule.
const numberProblem = ([name, value]: [string, unknown]): ReadonlyArray<string> => {
  if (!isKnown(name)) return [`there is no threshold ${name}; ${namesThereAre(name, Object.keys(defaultThresholds))}`]
  if (counts.includes(name)) {
    return Number.isSafeInteger(value) ? [] : [`${name} is ${String(value)}; use a whole number`]
  }
  const fits = typeof value === "number" && value >= 0 && value <= 1
  return fits ? [] : [`${name} is ${String(value)}; use a number from 0 to 1`]
}

// If one of these relations does not hold, an open run could sleep for ever, or never carry out its calls.
const relations: ReadonlyArray<readonly [holds: (t: Thresholds) => boolean, message: string]> = [
  [
    (t) => t.sleepProgress > t.progressByCallsMax,
    "sleepProgress must be greater than progressByCallsMax, or calls alone would put an agent with an open run to sleep"
  ],
  [(t) => t.callsPerTickMax >= 1, "callsPerTickMax must be at least 1, or no call would ever be carried out"],
  [(t) => t.changesPerTickMax >= 1, "changesPerTickMax must be at least 1, or no change would ever be carried out"],
  [(t) => t.errorStreakMax >= 1, "errorStreakMax must be at least 1, or an agent would recover from nothing"]
]

/**
 * Homeostasis with given thresholds; {@link defaultThresholds} for the others. Fails with {@link ThresholdsError} when
 * a threshold is unknown or out of its range, or when thresholds contradict each other.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (thresholds: Partial<Thresholds> = {}): Layer.Layer<Homeostat, ThresholdsError> => {
  const t = { ...defaultThresholds, ...thresholds }
  const problems = Object.entries(t).flatMap(numberProblem)
  const [problem] =
    problems.length > 0 ? problems : relations.flatMap(([holds, message]) => (holds(t) ? [] : [message]))
  return problem === undefined
    ? Layer.succeed(Homeostat, {
        measure: (vector, measurement) => measure(t, vector, measurement),
        thresholds: t
      })
    : Layer.fail(new ThresholdsError({ message: `${problem}; change the option thresholds` }))
}
