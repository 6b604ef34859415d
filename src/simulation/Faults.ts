/**
 * The faults a simulation can inject, and the plan that says which of them a seed uses and how often.
 *
 * @since 0.1.0
 */
import { Context } from "effect"
import type { Choices, Decisions } from "./Decisions.js"
import { randomStream } from "./RandomStream.js"

/**
 * Every fault by name, with the greatest rate per opportunity that a plan gives it. docs/simulation.md describes each.
 */
const catalogue = {
  "model-rate-limited": 0.2,
  "model-overloaded": 0.2,
  "model-timeout": 0.1,
  "model-cut-stream": 0.2,
  "model-garbage-json": 0.2,
  "model-invented-tool": 0.2,
  "model-huge-output": 0.1,
  "model-repeated-call-id": 0.1,
  "tool-failure": 0.3,
  "tool-hang": 0.1,
  "tool-partial": 0.2,
  "journal-busy": 0.1,
  "journal-full": 0.05,
  "journal-lost-reply": 0.05,
  crash: 0.002,
  "clock-jump": 0.02,
  "message-delayed": 0.5,
  "message-duplicated": 0.3,
  "message-reordered": 0.5,
  "approval-late": 0.5,
  "approval-twice": 0.3,
  "approval-never": 0.1,
  "subscriber-slow": 0.5,
  "network-refused": 0.1,
  "network-slow": 0.2,
  "network-timeout": 0.1,
  "network-error": 0.2,
  "network-lost-reply": 0.15,
  "network-cut": 0.05,
  "network-split": 0.2,
  "model-hostile": 0.2,
  "disk-forged-row": 0.2,
  "disk-rollback": 0.2
} as const

/**
 * The name of a fault.
 *
 * @since 0.1.0
 * @category models
 */
export type Fault = keyof typeof catalogue

/**
 * All faults, in the order of the documentation.
 *
 * @since 0.1.0
 * @category models
 */
export const faultNames = Object.keys(catalogue) as ReadonlyArray<Fault>

/**
 * Rate of a fault in a simulation, and the number of times it struck.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultCount {
  readonly rate: number
  fired: number
}

/**
 * The faults of one simulation.
 *
 * @since 0.1.0
 * @category models
 */
export class FaultPlan {
  readonly counts: ReadonlyMap<Fault, FaultCount>
  private readonly choices: ReadonlyMap<Fault, Choices>
  private stopped = false

  /** Swarm testing: each seed switches on about half of the allowed faults, each at a rate of its own. */
  constructor(seed: number, allowed: ReadonlyArray<Fault>, decisions: Decisions) {
    const random = randomStream(seed, "swarm")
    const drawn = faultNames.map((fault) => [fault, random.chance(0.5), random.next()] as const)
    const enabled = drawn.filter(([fault, on]) => on && allowed.includes(fault))
    this.counts = new Map(
      enabled.map(([fault, , share]) => [fault, { rate: catalogue[fault] * (0.1 + 0.9 * share), fired: 0 }])
    )
    this.choices = new Map(enabled.map(([fault]) => [fault, decisions.stream(`fault:${fault}`)]))
  }

  /** Tells whether a fault strikes at this opportunity. */
  strikes(fault: Fault): boolean {
    const count = this.counts.get(fault)
    if (count === undefined || this.stopped) return false
    const struck = this.choices.get(fault)?.chance(count.rate) === true
    if (struck) count.fired++
    return struck
  }

  /** Ends all faults, so that a program can demand progress. */
  stop(): void {
    this.stopped = true
  }
}

/**
 * Faults of the simulation that a program runs in, for programs that add opportunities for faults.
 *
 * @since 0.1.0
 * @category services
 */
export class Faults extends Context.Tag("life-agent-os/Faults")<
  Faults,
  {
    /** Tells whether a fault strikes at this opportunity. */
    readonly strikes: (fault: Fault) => boolean
    /** Ends all faults. */
    readonly stop: () => void
  }
>() {}
