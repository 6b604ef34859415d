/**
 * Homeostasis: keeps an agent within its bounds by arithmetic on what was measured.
 *
 * @since 0.1.0
 */
import { Layer } from "effect"
import {
  type AgentStateVector,
  Homeostat,
  type Measurement,
  type Regulation,
  type RiskLevel,
  type Situation,
  type StepOutcome
} from "../aios/index.js"

/**
 * Every number of the mode arithmetic. Gauges run from 0 to 1.
 *
 * The figures are those of the aiOS kernel contract, except where they made a mode a dead end: progress from tool calls
 * approaches `progressByCallsMax` and never reaches `sleepProgress`, so that only the goal check ends a run; and
 * side-effect pressure falls with every check, so that Verify can be left.
 *
 * @since 0.1.0
 * @category models
 */
export interface Thresholds {
  readonly errorStreakMax: number
  readonly sleepProgress: number
  readonly exploreContextPressure: number
  readonly exploreUncertainty: number
  readonly verifySideEffectPressure: number
  readonly progressGain: number
  readonly progressByCallsMax: number
  readonly uncertaintyDecay: number
  readonly uncertaintyMin: number
  readonly uncertaintyByFailure: number
  readonly uncertaintyByRefusal: number
  readonly pressureByChange: number
  readonly pressureDecay: number
  readonly dependencyByErrors: number
  readonly dependencyErrorStreak: number
}

/**
 * @since 0.1.0
 * @category constants
 */
export const defaultThresholds: Thresholds = {
  errorStreakMax: 3,
  sleepProgress: 0.98,
  exploreContextPressure: 0.8,
  exploreUncertainty: 0.65,
  verifySideEffectPressure: 0.6,
  progressGain: 0.12,
  progressByCallsMax: 0.97,
  uncertaintyDecay: 0.85,
  uncertaintyMin: 0.05,
  uncertaintyByFailure: 0.18,
  uncertaintyByRefusal: 0.15,
  pressureByChange: 0.2,
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
      // One unknown outcome is as bad as a whole streak: nothing may be changed until a look at the world succeeded.
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

// The first rule that holds decides.
const regulate = (t: Thresholds, { vector, pendingApprovals, running }: Situation): Regulation => {
  if (pendingApprovals > 0) return { mode: "AskHuman", reason: `${pendingApprovals} approvals are outstanding` }
  if (!running) return { mode: "Sleep", reason: "no run is open" }
  if (vector.errorStreak >= t.errorStreakMax)
    return above("Recover", "error streak", vector.errorStreak, t.errorStreakMax)
  if (vector.progress >= t.sleepProgress) return above("Sleep", "progress", vector.progress, t.sleepProgress)
  if (vector.contextPressure > t.exploreContextPressure) {
    return above("Explore", "context pressure", vector.contextPressure, t.exploreContextPressure)
  }
  if (vector.uncertainty > t.exploreUncertainty) {
    return above("Explore", "uncertainty", vector.uncertainty, t.exploreUncertainty)
  }
  if (vector.sideEffectPressure > t.verifySideEffectPressure) {
    return above("Verify", "side-effect pressure", vector.sideEffectPressure, t.verifySideEffectPressure)
  }
  return { mode: "Execute", reason: "all gauges are in range" }
}

const above = (mode: Regulation["mode"], name: string, value: number, threshold: number): Regulation => ({
  mode,
  reason: `${name} ${value} has reached ${threshold}`
})

/**
 * Homeostasis with given thresholds.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (thresholds: Partial<Thresholds> = {}): Layer.Layer<Homeostat> => {
  const t = { ...defaultThresholds, ...thresholds }
  return Layer.succeed(Homeostat, {
    measure: (vector, measurement) => measure(t, vector, measurement),
    regulate: (situation) => regulate(t, situation),
    errorStreakMax: t.errorStreakMax
  })
}
